import { registry } from "@web/core/registry";
import { ClickCounter, TOO_MANY_CLICKS } from "@churn_handover/../tests/tours/click_counter";
import { inState } from "@churn_handover/../tests/tours/tour_steps";

const counter = new ClickCounter();

registry.category("web_tour.tours").add("churn_programme", {
    url: "/odoo/customers-at-risk",
    steps: () => [
        {
            content: "Every click from here on is counted",
            trigger: ".o_data_row:contains(Customer) ",
            run: () => counter.start(),
        },
        {
            content: "1: choose all customers at risk",
            trigger: "thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "2: make a programme of them",
            trigger: "button[name=action_start_programme]",
            run: "click",
        },
        {
            content: "The proposal is filled in",
            trigger: ".o_form_view .o_field_widget[name=measure_ids]:contains(Call)",
        },
        {
            content: "3: start",
            trigger: "button[name=action_start]",
            run: "click",
        },
        inState("Running"),
        {
            content: "It took few clicks",
            trigger: ".o_form_view:has(.o_arrow_button_current:contains(Running))",
            run: () => counter.finish("from the customers at risk to a running programme"),
        },
        {
            content: "It says when it will be judged",
            trigger: ".o_field_widget[name=result_text]:contains(told once)",
        },
        {
            content: "4: look at the groups",
            trigger: "button[name=action_open_members]",
            run: "click",
        },
        {
            trigger: ".o_group_header:contains(Holdout)",
        },
    ],
});

registry.category("web_tour.tours").add("churn_win_back", {
    url: "/odoo/lost-customers",
    steps: () => [
        {
            content: "Every click from here on is counted",
            trigger: ".o_data_row:contains(Gone Works)",
            run: () => counter.start(),
        },
        {
            content: "Open the lost customer",
            trigger: ".o_data_row:contains(Gone Works) td[name=partner_id]",
            run: "click",
        },
        {
            content: "The change of owner is proposed as the reason",
            trigger: ".alert:contains(The owner changed on) button[name=action_accept_reason]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=reason_id] input:value(Person Left)",
        },
        {
            content: "What it is worth is reckoned in words",
            trigger: ".o_field_widget[name=value_text]:contains(chance)",
        },
        {
            content: "Win it back",
            trigger: "button[name=action_win_back]",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=purpose] input[data-value=win_back]:checked",
        },
        {
            content: "What is done follows the reason, and nobody is held out of one",
            trigger: ".o_data_row td[name=measure_text]:contains(introduce the new person)",
        },
        {
            trigger: "button[name=action_start]",
            run: "click",
        },
        inState("Running"),
        {
            content: "It took few clicks",
            trigger: ".o_form_view:has(.o_arrow_button_current:contains(Running))",
            run: () => counter.finish("from the lost customer to its win-back"),
        },
        {
            content: "The leader or owner has the task of the play",
            trigger: "button[name=action_open_tasks]",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(introduce the new person)",
        },
    ],
});

// The counter itself: nine clicks pass, ten do not, and none at all would prove nothing.
const clickTimes = (times) =>
    Array.from({ length: times }, (_, number) => ({
        content: `Click ${number + 1} of ${times}`,
        trigger: ".o_searchview_input",
        run: "click",
    }));
const startCounting = { trigger: ".o_searchview_input", run: () => counter.start() };
const mustFail = (clicks) => ({
    content: `${clicks} clicks are refused`,
    trigger: ".o_searchview_input",
    run() {
        let refused = "";
        try {
            counter.finish("in all");
        } catch (error) {
            refused = error.message;
        }
        if (refused !== `${clicks} clicks in all`) {
            throw new Error(`The counter said “${refused}” of ${clicks} clicks`);
        }
        document.body.dataset.refused = `${document.body.dataset.refused || ""} ${clicks}`;
    },
});

registry.category("web_tour.tours").add("churn_click_counter", {
    url: "/odoo/lost-customers",
    steps: () => [
        startCounting,
        ...clickTimes(TOO_MANY_CLICKS - 1),
        { trigger: ".o_searchview_input", run: () => counter.finish("in all") },
        startCounting,
        ...clickTimes(TOO_MANY_CLICKS),
        mustFail(TOO_MANY_CLICKS),
        startCounting,
        mustFail(0),
        {
            content: "Both were refused",
            trigger: "body[data-refused=' 10 0']",
        },
    ],
});
