#!/usr/bin/env python3
"""Checks a file by the rules of the schema that servers read (Jenkins' junit-10.xsd), and prints its
cases, one a line: OUTCOME CLASS NAME | MESSAGE, below them the properties: NAME=VALUE."""

import sys
import xml.etree.ElementTree as tree

ALLOWED = {  # element: (required attributes, further ones, children)
    "testsuites": (set(), {"name", "time", "tests", "failures", "disabled", "errors"}, {"testsuite"}),
    "testsuite": ({"name", "tests"},
                  {"failures", "errors", "time", "disabled", "skipped", "timestamp", "hostname", "id",
                   "package"},
                  {"properties", "testcase", "system-out", "system-err"}),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": ({"name"}, {"assertions", "time", "classname", "status", "class", "file", "line"},
                 {"skipped", "error", "failure", "system-out", "system-err"}),
    "skipped": (set(), {"message", "type"}, set()),
    "error": (set(), {"message", "type"}, set()),
    "failure": (set(), {"message", "type"}, set()),
    "system-out": (set(), set(), set()),
    "system-err": (set(), set(), set()),
}


def check(element):
    required, further, children = ALLOWED[element.tag]
    assert required <= set(element.attrib) <= required | further, (element.tag, element.attrib)
    for child in element:
        assert child.tag in children, (element.tag, child.tag)
        check(child)


root = tree.parse(sys.argv[1]).getroot()
assert root.tag == "testsuites"
check(root)
for suite in root:
    # In the schema the properties come first and the output last.
    kinds = [child.tag for child in suite]
    order = ["properties", "testcase", "system-out", "system-err"]
    assert kinds == sorted(kinds, key=order.index), kinds
    cases = suite.findall("testcase")
    names = [(case.get("classname"), case.get("name")) for case in cases]
    assert len(names) == len(set(names)), "two cases have one name"
    outcomes = {"failure": "failures", "error": "errors", "skipped": "skipped"}
    assert int(suite.get("tests")) == len(cases)
    for tag, count in outcomes.items():
        assert int(suite.get(count)) == sum(case.find(tag) is not None for case in cases), count
    for case in cases:
        ends = [child for child in case if child.tag in outcomes]
        assert len(ends) <= 1
        said = f" | {ends[0].get('message')}" if ends else ""
        print(ends[0].tag if ends else "passed", case.get("classname"), case.get("name") + said)
        if ends and ends[0].text:
            print("\n".join("    " + line for line in ends[0].text.splitlines()))
    for item in suite.iter("property"):
        print(f"{item.get('name')}={item.get('value')}")
