import { ORM } from "@web/core/orm_service";
import { patch } from "@web/core/utils/patch";

// Only a person at a screen can answer a question: the flag tells the server that one is there. Forms, lists and
// every other view archive through this one method, and open the action that the server answers with.
patch(ORM.prototype, {
    call(model, method, args = [], kwargs = {}) {
        if (model === "res.users" && method === "action_archive") {
            kwargs = { ...kwargs, context: { ...kwargs.context, churn_ask: true } };
        }
        return super.call(model, method, args, kwargs);
    },
});
