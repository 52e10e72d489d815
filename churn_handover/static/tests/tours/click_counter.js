// Counts what a person does: every click on the page, whoever of the tour's helpers causes it.

// The issue of many tools is not what they can do but how long it takes: a job takes fewer clicks than this.
export const TOO_MANY_CLICKS = 10;

/** Counts clicks from :func:`start` on; :func:`finish` fails when there were none, or too many. */
export class ClickCounter {
    clicks = 0;
    count = () => this.clicks++;

    start() {
        this.clicks = 0;
        document.addEventListener("click", this.count, true);
    }

    finish(job) {
        document.removeEventListener("click", this.count, true);
        if (!this.clicks || this.clicks >= TOO_MANY_CLICKS) {
            throw new Error(`${this.clicks} clicks ${job}`);
        }
    }
}
