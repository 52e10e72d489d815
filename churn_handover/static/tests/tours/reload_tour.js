import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("churn_reload", {
    steps: () => [
        {
            content: "The plan is being carried out",
            trigger: ".o_arrow_button_current:contains(Running)",
        },
        {
            content: "Nobody clicks, and the page shows that it is done",
            trigger: ".o_arrow_button_current:contains(Done)",
            timeout: 60000,
        },
    ],
});
