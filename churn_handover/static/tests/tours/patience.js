import { registry } from "@web/core/registry";

// A first form loads its assets, a whole handover takes many calls: a busy machine needs longer than the ten seconds
// that Odoo gives a step. A step that is ready goes on at once; a minute is the most that Odoo allows.
const PATIENCE = 60000;

const tours = registry.category("web_tour.tours");

function bePatient(name, tour) {
    if (name.startsWith("churn_")) {
        const { steps } = tour;
        tour.steps = () => steps().map((step) => ({ timeout: PATIENCE, ...step }));
    }
}

for (const [name, tour] of tours.getEntries()) {
    bePatient(name, tour);
}
tours.addEventListener("UPDATE", ({ detail: { operation, key, value } }) => {
    if (operation === "add") {
        bePatient(key, value);
    }
});
