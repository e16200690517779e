from __future__ import annotations

import pytest

from tests.formats.samples import codes, messages, read, sniffed

PMML = '<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4">{}</PMML>'


def xml(body: str = "<a/>", declared: str = "") -> bytes:
    kind = f"<!DOCTYPE a [{declared}]>" if declared else ""
    return f'<?xml version="1.0"?>{kind}{body}'.encode()


def test_pmml_is_told_by_its_root() -> None:
    plain = PMML.format("<Header/><DataDictionary/>").encode()
    for data in (plain, b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- a -->\n' + plain):
        structure = read(data)
        assert (structure.format, structure.version, structure.status) == (
            "pmml",
            "4.4",
            "complete",
        )
        assert (structure.coverage, structure.problems, structure.code) == (len(data), (), ())
    prefixed = b'<?xml version="1.0"?><p:PMML xmlns:p="http://www.dmg.org/PMML-4_4"/>'
    assert read(prefixed).format == "pmml"


def test_other_documents_are_xml_in_any_encoding() -> None:
    assert read(xml()).format == "xml"
    assert read(xml()).status == "complete"
    wide = '<?xml version="1.0" encoding="UTF-16"?><a>ä</a>'.encode("utf-16")
    assert (read(wide).format, read(wide).status) == ("xml", "complete")
    latin = '<?xml version="1.0" encoding="ISO-8859-1"?><a>ä</a>'.encode("latin-1")
    assert read(latin, "xml").status == "complete"


def test_what_is_xml_only_at_its_beginning_is_text_and_pmml_is_damaged() -> None:
    for data in (b'<?xml version="1.0"?><a><b></a>', b"<?xml version='1.0'?>", b"<?xml nothing"):
        assert (sniffed(data), read(data).format, read(data).status) == ("xml", "text", "complete")
    broken = read(PMML.format("<a>").encode())
    assert (broken.format, broken.status) == ("pmml", "error")
    assert "not well-formed" in messages(broken)
    assert sniffed(b"<!DOCTYPE html><html><p>a<br></html>") == "text"


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (xml(declared='<!ENTITY x SYSTEM "file:///etc/passwd">'), "SEC007", "`file:///etc/passwd`"),
        (xml(declared='<!ENTITY x PUBLIC "a" "http://a.b/x">'), "SEC007", "`http://a.b/x`"),
        (xml(declared='<!ENTITY % x SYSTEM "http://a.b/x.dtd"> %x;'), "SEC007", "x.dtd"),
        (xml(declared='<!ENTITY x SYSTEM "beside.txt">'), "SEC007", "`beside.txt`"),
        (xml('<!DOCTYPE a SYSTEM "http://a.b/a.dtd"><a/>'), "SEC007", "the document type is read"),
        (xml('<!DOCTYPE a PUBLIC "-//W3C//" "file:///a.dtd"><a/>'), "SEC007", "file:///a.dtd"),
        (
            xml('<a xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="/etc/passwd"/></a>'),
            "SEC007",
            "an inclusion",
        ),
        (xml('<?xml-stylesheet href="http://a.b/x.xsl"?><a/>'), "SEC007", "a style sheet"),
        (
            xml(
                declared="<!ENTITY a0 'xxxxxxxxxx'>"
                + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 9))
            ),
            "SEC002",
            "unfolds to",
        ),
        (xml(declared=f"<!ENTITY x '{'y' * 70_000}'>"), "SEC002", "unfolds to 70000"),
        (xml(declared="<!ENTITY x '&y;'><!ENTITY y '&x;'>"), "SEC002", "contains itself"),
        (xml(declared="<!ENTITY % x '&#37;y;'>"), "SEC002", "declares others"),
        (xml(declared="".join(f"<!ENTITY e{n} 'x'>" for n in range(1_001))), "SEC002", "1000"),
    ],
)
def test_a_document_that_reads_or_unfolds_is_told(data: bytes, code: str, said: str) -> None:
    structure = read(data)
    assert code in codes(structure)
    assert said in messages(structure)


@pytest.mark.parametrize(
    "data",
    [
        xml(declared='<!ENTITY ns "http://www.w3.org/2000/svg"><!ENTITY c "&#169; &ns;">'),
        xml('<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/a.dtd"><svg/>'),
        xml('<!DOCTYPE a SYSTEM "a.dtd"><a/>'),
        xml('<!DOCTYPE a SYSTEM "urn:fontconfig:fonts.dtd"><a/>'),
        xml('<?xml-stylesheet href="a.xsl"?><?other href="http://a.b/"?><a/>'),
        xml('<a><include href="/etc/passwd"/></a>'),
        xml("<Extension>os.system('id')</Extension>"),
    ],
)
def test_an_ordinary_document_is_complete(data: bytes) -> None:
    structure = read(data)
    assert (structure.status, structure.problems, structure.code) == ("complete", (), ())


def test_a_document_that_was_refused_is_not_unfolded_nor_complete() -> None:
    structure = read(xml("<a>&x;</a>", '<!ENTITY x SYSTEM "file:///etc/passwd">'))
    assert (structure.status, structure.format) == ("incomplete", "xml")
    assert structure.reason == "its document type is not obeyed"


def test_a_file_that_is_included_from_beside_is_a_reference() -> None:
    body = '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="part.xml"/>'
    structure = read(xml(f"<a>{body}{body}</a>"))
    assert [one.path for one in structure.references] == ["part.xml"]


def test_extensions_of_pmml_are_listened_to() -> None:
    def uses(extension: str) -> list[str]:
        return [use.name for use in read(PMML.format(extension).encode()).code]

    assert uses('<Extension name="a" value="os.system(1)"/>') == ["Python code"]
    assert uses("<Extension><x>os.system('id')</x></Extension>") == ["Python code"]
    assert uses("<Extension><script>alert(1)</script></Extension>") == ["a script"]
    assert uses('<Extension name="date" value="2026"/><Header copyright="os.system(1)"/>') == []
    long = PMML.format(f"<Extension>{'a ' * 40_000}</Extension>").encode()
    assert read(long).status == "incomplete"


def test_a_tag_without_end_is_over_the_limit() -> None:
    data = b'<?xml version="1.0"?><a b="' + b"x" * (2 << 20)
    assert "one tag is longer" in read(data).reason
