import { registry } from "@web/core/registry";
import { choose, inState } from "@churn_handover/../tests/tours/tour_steps";

registry.category("web_tour.tours").add("churn_feedback_quick", {
    url: "/odoo/churn-feedback",
    steps: () => [
        {
            content: "the leader opens the menu on the phone",
            trigger: ".o_menu_toggle",
            run: "click",
        },
        {
            content: "has heard something",
            trigger: ".o_app_menu_sidebar [data-menu-xmlid='churn_handover.menu_feedback_quick']",
            run: "click",
        },
        {
            content: "which customer: on a phone Odoo opens a list to pick from",
            trigger: ".modal [name='partner_id'] input",
            run: "click",
        },
        {
            trigger: ".modal .o_kanban_record:contains(Kim Customer)",
            run: "click",
        },
        {
            content: "what was said",
            trigger: ".modal [name='text'] textarea",
            run: "edit Nobody calls back",
        },
        {
            content: "about whom",
            trigger: ".modal [name='about_user_id'] input",
            run: "click",
        },
        {
            trigger: ".modal .o_kanban_record:contains(Ann Archer)",
            run: "click",
        },
        {
            trigger: ".modal :contains(This person will not see it)",
        },
        {
            content: "one tap saves",
            trigger: ".modal footer button[name='action_note']",
            run: "click",
        },
        {
            content: "and says who takes care of it",
            trigger: ".o_notification:contains(Lea Leader takes care of it)",
        },
        {
            content: "the form is gone",
            trigger: "body:not(:has(.modal))",
        },
    ],
});

registry.category("web_tour.tours").add("churn_feedback_solve", {
    url: "/odoo/churn-feedback",
    steps: () => [
        {
            content: "the leader finds the complaint on the board",
            trigger: ".o_kanban_record:contains(Nobody calls back):contains(About Ann Archer)",
            run: "click",
        },
        {
            content: "the screen says who must not learn of it",
            trigger: ".alert:contains(must not learn of it)",
        },
        {
            content: "the task is there",
            trigger: ".o-mail-Activity:contains(Answer the customer)",
        },
        {
            content: "the customer has been called",
            trigger: "button[name='action_answered']",
            run: "click",
        },
        inState("In Progress"),
        {
            content: "what was done is missing",
            trigger: "button.btn-primary[name='action_solve']",
            run: "click",
        },
        {
            trigger: ".modal:contains(Write down what was done)",
        },
        {
            trigger: ".modal .btn-primary",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) [name='done_text'] textarea",
            run: "edit Agreed on a weekly call",
        },
        {
            trigger: "button.btn-primary[name='action_solve']",
            run: "click",
        },
        inState("Solved"),
        {
            content: "the task is gone",
            trigger: ".o-mail-Chatter:not(:has(.o-mail-Activity))",
        },
    ],
});

registry.category("web_tour.tours").add("churn_feedback_sort", {
    url: "/odoo/churn-feedback",
    steps: () => [
        {
            content: "a mail waits to be sorted",
            trigger: ".o_kanban_record:contains(Late again)",
            run: "click",
        },
        {
            trigger: ".alert:contains(Only leaders and managers see this)",
        },
        {
            trigger: "button:contains(About Whom?)",
            run: "click",
        },
        ...choose("about_user_id", "Bob", { within: ".modal ", shown: "Bob Baker" }),
        {
            trigger: ".modal button[name='action_apply']",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .alert:contains(must not learn of it)",
        },
    ],
});

registry.category("web_tour.tours").add("churn_feedback_rep", {
    url: "/odoo/churn-feedback",
    steps: () => [
        {
            content: "the rep sees what is about no person",
            trigger: ".o_kanban_record:contains(Invoice wrong)",
        },
        {
            content: "and not what is about herself",
            trigger: ".o_kanban_renderer:not(:contains(Nobody calls back))",
        },
        {
            content: "nor is it counted",
            trigger: ".o_search_panel_category_value:contains(New):contains(1)",
        },
        {
            trigger: ".o_kanban_record:contains(Invoice wrong)",
            run: "click",
        },
        {
            content: "the account's own screen counts one, too",
            trigger: "[name='partner_id'] a, [name='partner_id']:contains(Acme)",
        },
        {
            content: "a rep has no button to solve it",
            trigger: ".o_form_view:not(:has(button[name='action_solve']))",
        },
    ],
});
