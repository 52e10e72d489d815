import { registry } from "@web/core/registry";
import { serializeDateTime } from "@web/core/l10n/dates";
import { Many2OneReferenceField } from "@web/views/fields/many2one_reference/many2one_reference_field";

const { DateTime } = luxon;

/** Choose an event that can still become a session: the view cannot say so, as the event app need not be installed. */
export class ChurnEventChoice extends Many2OneReferenceField {
    get m2oProps() {
        return {
            ...super.m2oProps,
            domain: () => [
                ["date_begin", ">", serializeDateTime(DateTime.now())],
                ["is_multi_slots", "=", false],
                ["kanban_state", "!=", "cancel"],
            ],
        };
    }
}

const reference = registry.category("fields").get("many2one_reference");
registry.category("fields").add("churn_event_choice", { ...reference, component: ChurnEventChoice });
