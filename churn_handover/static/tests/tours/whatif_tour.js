import { registry } from "@web/core/registry";
import { choose } from "@churn_handover/../tests/tours/tour_steps";

const proposed = (account, successor) => ({
    content: `${successor} is proposed for ${account}`,
    trigger: `.o_field_widget[name=account_line_ids] .o_data_row:contains(${account}):contains(${successor})`,
});

registry.category("web_tour.tours").add("churn_whatif", {
    url: "/odoo/churn-whatif",
    steps: () => [
        {
            content: "It says what the numbers are for",
            trigger: ".churn_note:contains(judges no employee)",
        },
        {
            content: "Open what Olga would leave behind",
            trigger: ".o_data_row:contains(Olga) td[name=title]",
            run: "click",
        },
        {
            content: "The best plan found now",
            trigger: ".o_field_widget[name=taker_ids] .o_data_row:contains(Bob):contains(2)",
        },
        {
            content: "Start a departure from it",
            trigger: "button[name=action_plan_departure]",
            run: "click",
        },
        {
            content: "The leaver is filled in, the best successors are wanted",
            trigger: ".modal:has(.o_field_widget[name=propose_best] input:checked)",
        },
        {
            content: "Make the plan",
            trigger: ".modal footer button[name=action_plan]",
            run: "click",
        },
        proposed("Core", "Ann"),
        proposed("Acme", "Bob"),
        {
            content: "Each proposal has its reasons",
            trigger: ".o_data_row:contains(Core) td[name=fit_short]:contains(same industry: 3)",
        },
        {
            content: "Past sales performance has no weight, and the screen says why",
            trigger: ".alert:contains(past sales performance does not):contains(Shi)",
        },
        {
            content: "Choose another successor by hand",
            trigger: ".o_data_row:contains(Core) td[name=successor_id]",
            run: "click",
        },
        ...choose("successor_id", "Bob", { within: ".o_selected_row td" }),
        {
            content: "Who is chosen by hand is fixed",
            trigger: ".o_selected_row td[name=successor_locked] input:checked",
        },
        {
            content: "Find the best successors of the others again",
            trigger: "button[name=action_propose_best]",
            run: "click",
        },
        {
            content: "The fixed one stays, and has its reasons too",
            trigger: ".o_data_row:contains(Core):contains(Bob):has(td[name=successor_locked] input:checked) td[name=fit_short]:contains(same)",
        },
        proposed("Acme", "Bob"),
    ],
});
