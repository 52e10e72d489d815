// Steps that several tours share.

/** Type into a field that completes what is typed, and choose what it proposes. */
export const choose = (field, text, { within = ".o_field_widget", shown = text } = {}) => [
    {
        content: `Type ${text} into ${field}`,
        trigger: `${within}[name=${field}] input`,
        run: `edit ${text}`,
    },
    {
        content: `Choose ${shown}`,
        trigger: `.o-autocomplete--dropdown-item:contains(${shown})`,
        run: "click",
    },
];

/** The record on screen is in this state, and no dialog is open. */
export const inState = (state) => ({
    content: `The state is ${state}`,
    trigger: `body:not(:has(.modal)) .o_arrow_button_current:contains(${state})`,
});

/** Press a button that says what happens now, and agree. */
export const pressAndAgree = (button) => [
    {
        content: `Press ${button}`,
        trigger: `.o_form_view button[name=${button}]`,
        run: "click",
    },
    {
        content: "It says what happens now",
        trigger: ".modal footer .btn-primary",
        run: "click",
    },
];

/** From the list of handovers to the dialog that asks about a departure. */
export const departureOf = (leaver) => [
    {
        content: "Open the door",
        trigger: "button:contains(Plan a Departure)",
        run: "click",
    },
    ...choose("predecessor_id", leaver, { within: ".modal .o_field_widget" }),
];

/** Archive by the menu of the form or the list. */
export const archiveByMenu = () => [
    {
        content: "Open the action menu",
        trigger: ".o_cp_action_menus .dropdown-toggle",
        run: "click",
    },
    {
        content: "Archive",
        trigger: ".o-dropdown--menu .dropdown-item:contains(Archive)",
        run: "click",
    },
];
