"""Run SQL statements with psycopg2, which ./churn itself (standard library only) does not have.

Usage: python -m dev.sql DATABASE < {"statements": [[sql, [parameter, …]], …]} > [[row, …] of the last one]

The server comes from the PG* variables. Each statement is committed on its own, since CREATE DATABASE runs in
no transaction.
"""

import json
import sys

import psycopg2


def main():
    connection = psycopg2.connect(dbname=sys.argv[1])
    connection.autocommit = True
    rows = []
    with connection.cursor() as cursor:
        for statement, parameters in json.load(sys.stdin)["statements"]:
            cursor.execute(statement, parameters or None)
            rows = cursor.fetchall() if cursor.description else []
    json.dump(rows, sys.stdout, default=str)


if __name__ == "__main__":
    try:
        main()
    except psycopg2.Error as error:
        sys.exit(str(error).strip())
