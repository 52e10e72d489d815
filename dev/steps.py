"""What every step of `./churn` shares: progress lines, errors a person can act on, child processes, locks."""

import contextlib
import fcntl
import json
import os
import subprocess
import sys
import threading
import time

_started = time.monotonic()
_output_lock = threading.Lock()


class ChurnError(Exception):
    """A step failed for a reason its user can do something about.

    :param what: what failed, one sentence
    :param todo: what to do now, one or more lines
    """

    def __init__(self, what, todo=""):
        super().__init__(what)
        self.what = what
        self.todo = todo


def say(text):
    """Print one line of progress, with the seconds since the start of the command."""
    with _output_lock:
        sys.stderr.write(f"[{time.monotonic() - _started:6.1f} s] {text}\n")
        sys.stderr.flush()


def run(args, *, what, todo="", log=None, env=None, cwd=None, timeout=None, user=None, new_session=False):
    """Run a child process, quietly, and return what it printed on stdout.

    :param what: what it is for; leads the message when it fails
    :param log: file that takes both outputs (appended) instead; nothing is returned then
    :raise ChurnError: when the program is missing, fails or takes longer than `timeout` seconds;
        the end of its output is part of the message
    """
    args = [str(part) for part in args]
    sink = open(log, "a", encoding="utf-8") if log else None  # noqa: SIM115 (closed below)
    try:
        process = subprocess.run(
            args,
            stdin=subprocess.DEVNULL,
            stdout=sink or subprocess.PIPE,
            stderr=subprocess.STDOUT if sink else subprocess.PIPE,
            env=env,
            cwd=cwd,
            timeout=timeout,
            user=user,
            start_new_session=new_session,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError as error:
        raise ChurnError(f"{what}: the program {args[0]} is missing", todo) from error
    except subprocess.TimeoutExpired as error:
        raise ChurnError(f"{what}: no end after {timeout} s ({' '.join(args[:4])} …)", todo) from error
    finally:
        if sink:
            sink.close()
    if process.returncode:
        output = tail(log) if log else (process.stderr.strip() or process.stdout.strip())
        raise ChurnError(f"{what}: {args[0]} ended with {process.returncode}\n{output[-3000:]}", todo)
    return process.stdout


def tail(path, lines=25):
    with open(path, encoding="utf-8", errors="replace") as file:
        return "".join(file.readlines()[-lines:]).rstrip()


@contextlib.contextmanager
def lock(path):
    """Hold the file lock `path`: two `./churn` on one cache wait for each other instead of colliding.

    The kernel frees it when its process dies, so that nothing is left to clean up after a crash.
    """
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another ./churn ({os.path.basename(path)})")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def in_parallel(*functions):
    """Run set-up steps that wait for different things (network, disk, processor) at once.

    :return: their results, in order
    :raise: the first failure, after all have ended
    """
    results = [None] * len(functions)
    errors = []

    def call(index, function):
        try:
            results[index] = function()
        except BaseException as error:  # noqa: BLE001 (raised again in the main thread)
            errors.append(error)

    threads = [threading.Thread(target=call, args=pair) for pair in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


def ask(args, question, *, what, env=None, cwd=None):
    """Run a child process that reads JSON from stdin and answers in JSON; return the answer."""
    process = subprocess.run(
        [str(part) for part in args],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        env=env,
        cwd=cwd,
        check=False,
    )
    if process.returncode:
        raise ChurnError(f"{what} failed: {process.stderr.strip()[-2000:]}")
    return json.loads(process.stdout)
