"""wkhtmltopdf, with which Odoo prints its reports: found, else Debian's, unpacked in the cache without root.

Debian's is built without the patches for page headers and footers: what must be on the page belongs in its body.
"""

import shlex
import shutil

from dev import apt, steps
from dev.steps import ChurnError, say

PROGRAM = "wkhtmltopdf"
# Small (5 MB) and complete enough for names, addresses and letters; any font with Chinese characters will do.
CHINESE_FONT = "fonts-wqy-microhei"


def ensure(target):
    """Return the folder to put on the PATH so that Odoo finds wkhtmltopdf; None when it is found, or not to be had.

    Everything but printing works without it, so that a failure is told and passed over.
    """
    programs = target / "bin"
    if shutil.which(PROGRAM):
        if not knows_chinese():
            say(f"PDF reports show boxes for Chinese characters: no font has them (Debian's is {CHINESE_FONT})")
        return None
    if (programs / PROGRAM).exists():
        return programs
    try:
        fetch(target)
    except ChurnError as error:
        say(f"PDF reports are off: {error.what.splitlines()[0]} (put {PROGRAM} on the PATH to have them)")
        return None
    return programs


def fetch(target):
    """Unpack the program and the libraries that this machine lacks, with a starter that knows where they are."""
    if not apt.usable():
        raise ChurnError("this machine has no apt-get and dpkg-deb")
    say(f"PDF: fetching Debian's {PROGRAM}")
    work = target.with_name(f"{target.name}.part")
    shutil.rmtree(work, ignore_errors=True)
    fonts = [] if knows_chinese() else [CHINESE_FONT]
    with apt.private(apt.own_codename()) as source:
        apt.unpack(source.download(*source.missing_for(PROGRAM), *fonts), work)
    (work / "bin").mkdir()
    settings = work / "fonts.conf"
    settings.write_text(font_settings(target), encoding="utf-8")
    libraries = [target / path.relative_to(work) for path in sorted(work.glob("usr/lib/*-linux-gnu*"))]
    for name in (PROGRAM, "wkhtmltoimage"):
        starter = work / "bin" / name
        starter.write_text(
            "#!/bin/sh\n"
            f"export LD_LIBRARY_PATH={shlex.quote(':'.join(map(str, libraries)))}\n"
            f"export QT_PLUGIN_PATH={shlex.quote(':'.join(str(path / 'qt5/plugins') for path in libraries))}\n"
            "export QT_QPA_PLATFORM=offscreen\n"
            f"export FONTCONFIG_FILE={shlex.quote(str(target / settings.name))}\n"
            f'exec {shlex.quote(str(target / "usr/bin" / name))} "$@"\n',
            encoding="utf-8",
        )
        starter.chmod(0o755)
    shutil.rmtree(target, ignore_errors=True)
    work.rename(target)


def knows_chinese():
    """Whether this machine has a font with Chinese characters; False when nobody can tell."""
    if not shutil.which("fc-list"):
        return False
    return bool(steps.run(["fc-list", ":lang=zh", "family"], what="looking for a Chinese font").strip())


def font_settings(target):
    """The machine's own fonts, and those unpacked in the cache."""
    return f"""<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
    <include ignore_missing="yes">{target}/etc/fonts/fonts.conf</include>
    <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
    <dir>{target}/usr/share/fonts</dir>
    <cachedir>{target}/fonts-cache</cachedir>
</fontconfig>
"""
