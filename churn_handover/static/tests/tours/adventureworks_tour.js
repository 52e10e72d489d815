import { registry } from "@web/core/registry";
import { choose, departureOf, inState, pressAndAgree } from "@churn_handover/../tests/tours/tour_steps";

const HEIRS = ["Ann Heir", "Bob Heir", "Cid Heir"];
const IN_DIALOG = { within: ".modal .o_field_widget" };

const assignEveryThird = (heir, first) => [
    {
        content: `Select the accounts of ${heir}`,
        trigger: "body:not(:has(.modal)) .o_data_row:nth-child(69)",
        run() {
            const rows = [...document.querySelectorAll(".o_data_row")];
            const accounts = rows.filter((row) => !row.textContent.includes("Everything else"));
            for (let index = first; index < accounts.length; index += HEIRS.length) {
                accounts[index].querySelector(".o_list_record_selector input").click();
            }
        },
    },
    {
        content: "Open the dialog",
        trigger: ".o_control_panel button:contains(Assign a Successor)",
        run: "click",
    },
    ...choose("successor_id", heir, IN_DIALOG),
    {
        content: "Assign",
        trigger: `.modal:has(.o_field_widget[name=successor_id] input:value(${heir})) footer button[name=action_assign]`,
        run: "click",
    },
    {
        content: "The list shows it",
        trigger: `body:not(:has(.modal)) .o_data_row:nth-child(${first + 2}):contains(${heir})`,
    },
];

const toThePlan = {
    content: "Back to the plan",
    trigger: ".o_breadcrumb .breadcrumb-item:contains(Lea Leaver) a, .o_breadcrumb .o_back_button:contains(Lea Leaver) a",
    run: "click",
};

registry.category("web_tour.tours").add("churn_adventureworks", {
    url: "/odoo/churn-handovers",
    steps: () => [
        ...departureOf("Lea Leaver"),
        {
            content: "What is open is shown",
            trigger: ".modal td:contains(Accounts and contacts)",
        },
        ...choose("default_successor_id", "Ann Heir", IN_DIALOG),
        {
            content: "Make the plan",
            trigger: ".modal:has(.o_field_widget[name=default_successor_id] input:value(Ann Heir)) footer button[name=action_plan]",
            run: "click",
        },
        {
            content: "68 accounts",
            trigger: ".oe_stat_button[name=action_view_lines]:contains(68)",
        },
        {
            content: "Every line has a proposal: it says what comes next",
            trigger: ".alert:contains(Look at the preview, then confirm)",
        },
        {
            content: "Assign many lines at once",
            trigger: "button:contains(Assign Several at Once)",
            run: "click",
        },
        ...HEIRS.flatMap(assignEveryThird),
        toThePlan,
        ...HEIRS.map((heir) => ({
            content: `The load of ${heir} before and after`,
            trigger: `.o_field_widget[name=load_table] tr:contains(${heir}) td:contains(→)`,
        })),
        {
            content: "Preview",
            trigger: ".o_statusbar_buttons button[name=action_preview]",
            run: "click",
        },
        ...["Accounts and contacts", "Quotations", "Orders still to invoice"].map((what) => ({
            content: `${what} go to all three`,
            trigger: `.o_data_row:contains(${what})${HEIRS.map((heir) => `:contains(${heir})`).join("")}`,
        })),
        toThePlan,
        {
            content: "Make it binding",
            trigger: ".o_statusbar_buttons button[name=action_confirm]",
            run: "click",
        },
        inState("Confirmed"),
        ...pressAndAgree("action_run_now"),
        { ...inState("Done"), timeout: 60000 },
    ],
});
