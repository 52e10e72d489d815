import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";

// What another server does meanwhile: the page is not told of it.
function runElsewhere() {
    const id = Number(window.location.pathname.split("/").at(-1));
    return rpc("/web/dataset/call_kw/churn.handover/action_run_now", {
        model: "churn.handover",
        method: "action_run_now",
        args: [[id]],
        kwargs: {},
    });
}

registry.category("web_tour.tours").add("churn_reload", {
    steps: () => [
        {
            content: "the plan is running, nothing has moved yet",
            trigger: ".o_form_view .alert:contains(Moving:) .o_field_widget[name=done_count]:contains(0)",
            run: runElsewhere,
        },
        {
            content: "the page reads the plan again by itself",
            trigger: ".o_form_view .o_arrow_button_current:contains(Done)",
            timeout: 20000,
        },
        {
            content: "and has nothing to wait for any more",
            trigger: ".o_form_view:not(:has(.alert:contains(Moving:)))",
        },
    ],
});
