"""Chinese characters on paper: the machine's font, else one in the cache."""

from xml.etree import ElementTree

from dev import pdf, steps


def test_the_fonts_of_the_machine_and_of_the_cache(tmp_path):
    settings = ElementTree.fromstring(pdf.font_settings(tmp_path))
    assert [folder.text for folder in settings.iter("dir")] == [f"{tmp_path}/usr/share/fonts"]
    assert "/etc/fonts/fonts.conf" in [include.text for include in settings.iter("include")]


def test_a_machine_that_cannot_list_fonts_is_given_one(monkeypatch):
    monkeypatch.setattr(pdf.shutil, "which", lambda program: None)
    assert not pdf.knows_chinese()


def test_a_machine_without_a_chinese_font_is_given_one(monkeypatch):
    monkeypatch.setattr(pdf.shutil, "which", lambda program: f"/usr/bin/{program}")
    for listed, known in (("\n", False), ("WenQuanYi Micro Hei\n", True)):
        monkeypatch.setattr(steps, "run", lambda *args, listed=listed, **kwargs: listed)
        assert pdf.knows_chinese() is known


def test_who_prints_without_a_chinese_font_is_told(monkeypatch, tmp_path):
    said = []
    monkeypatch.setattr(pdf.shutil, "which", lambda program: f"/usr/bin/{program}" if program == pdf.PROGRAM else None)
    monkeypatch.setattr(pdf, "say", said.append)
    assert pdf.ensure(tmp_path) is None
    assert pdf.CHINESE_FONT in said[0]
