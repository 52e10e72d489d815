"""The loader's command line, used by ./churn demo."""

import argparse
import logging
import sys
import time

from dev.company import CompanyError, load_company, read_company
from dev.session import open_environment


def main():
    parser = argparse.ArgumentParser(prog="python -m dev.company", description="Load a company into an Odoo database.")
    option = parser.add_argument
    option("folder", nargs="?", help="folder of csv files; without it the addon's own demo company is loaded")
    option("--check", action="store_true", help="only read the files; needs no Odoo")
    option("--conf", help="Odoo's configuration file")
    option("--db", help="a database in which the addon is installed")
    option("--seed", type=int, default=1, help="of the generated open business (default 1)")
    option("--no-open-business", action="store_true", help="load only what is in the files")
    args = parser.parse_args()
    try:
        if args.check:
            company = read_company(args.folder or "")
            print(f"{len(company.accounts)} accounts, {len(company.orders)} orders: nothing to object")
        elif args.conf and args.db:
            load(args)
        else:
            parser.error("--conf and --db are needed")
    except CompanyError as error:
        sys.exit(str(error))


def load(args):
    started = time.monotonic()
    with open_environment(args.conf, args.db) as env:
        logging.getLogger("dev.company").setLevel(logging.INFO)
        if args.folder:
            loaded = load_company(env, args.folder, seed=args.seed, open_business=not args.no_open_business)
            counts = loaded.counts
        else:
            counts = env["churn.demo"]._load()
    text = ", ".join(f"{count} {what}" for what, count in counts.items())
    print(f"loaded in {time.monotonic() - started:.1f} s: {text}")


main()
