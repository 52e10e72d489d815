"""Command line of the loader: see `python -m dev.company --help`."""

import argparse
import json
import logging
import sys
import time

from dev.company.read import CompanyError, read_company


def main():
    parser = argparse.ArgumentParser(prog="python -m dev.company", description="Load a company into an Odoo database.")
    parser.add_argument("folder", nargs="?", help="folder of csv files; without it the addon's own demo company is loaded")
    parser.add_argument("--check", action="store_true", help="only read the files")
    parser.add_argument("--conf", help="Odoo's configuration file")
    parser.add_argument("--db", help="database, with the addon installed")
    parser.add_argument("--seed", type=int, default=1, help="of the generated open business (default 1)")
    parser.add_argument("--no-open-business", action="store_true", help="load only what is in the files")
    options = parser.parse_args()
    try:
        if options.check:
            company = read_company(options.folder or "")
            sys.stderr.write(f"{len(company.accounts)} accounts, {len(company.orders)} orders: fine\n")
            return
        if not (options.conf and options.db):
            parser.error("--conf and --db are needed")
        json.dump(_load(options), sys.stdout, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
    except CompanyError as error:
        sys.exit(str(error))


def _load(options):
    from odoo import SUPERUSER_ID, api  # noqa: PLC0415 (--check needs no Odoo)
    from odoo.modules.registry import Registry  # noqa: PLC0415
    from odoo.tools import config  # noqa: PLC0415

    from dev.company import load_company  # noqa: PLC0415

    started = time.monotonic()
    config.parse_config(["-c", options.conf, "-d", options.db, "--log-level=warn"])
    logging.getLogger("dev.company").setLevel(logging.INFO)
    registry = Registry(options.db)
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        if options.folder:
            loaded = load_company(env, options.folder, seed=options.seed, open_business=not options.no_open_business)
            counts, logins = loaded.counts, loaded.logins
        else:
            counts, logins = {}, env["churn.demo"]._load()
    sys.stderr.write(f"loaded in {time.monotonic() - started:.1f} s: ")
    sys.stderr.write(", ".join(f"{count} {what}" for what, count in counts.items()) + "\n")
    return {"company": options.folder or "demo", "counts": counts, "logins": logins}


main()
