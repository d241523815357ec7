#!/usr/bin/env python3
"""Tests of check_layers.py on small trees."""

import json
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

import check_layers

TABLE = """
base: public/error
tensor: base
graph: tensor
devices/cpu: tensor
api: graph public
tools: public
"""


class CheckLayers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.write("cmake/layers.txt", TABLE)
        self.architecture(TABLE)

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def architecture(self, table):
        begin, end = check_layers.TABLE_BEGIN, check_layers.TABLE_END
        self.write("ARCHITECTURE.md", f"# Page\n{begin}\n```\n{table}\n```\n{end}\n")

    def findings(self, built=None):
        return check_layers.check(self.root, built)[0]

    def assert_one_finding(self, *words, built=None):
        findings = self.findings(built)
        self.assertEqual(len(findings), 1, findings)
        for word in words:
            self.assertIn(word, findings[0])

    def test_accepts_includes_downward(self):
        self.write("src/graph/g.h", '#include "base/b.h"\n#include <tenon/error.h>\n#include <map>\n')
        self.write("src/devices/cpu/tactics/t.h", '#include "devices/cpu/c.h"\n#include "base/b.h"\n')
        self.write("src/api/runtime/a.h", '#include <tenon/device.h>\n#include "graph/g.h"\n')
        self.assertEqual(self.findings(), [])

    def test_refuses_an_include_upward(self):
        self.write("src/base/b.h", '#include <vector>\n#  include "graph/g.h"\n')
        self.assert_one_finding("src/base/b.h:2", "base may not include graph/g.h")

    def test_refuses_an_include_sideways(self):
        self.write("src/devices/cpu/c.h", '#include "graph/g.h"\n')
        self.assert_one_finding("devices/cpu may not include graph/g.h")

    def test_refuses_internals_in_tools(self):
        self.write("tools/tenon/main.cc", '#include "base/b.h"\n#include <tenon/tenon.h>\n')
        self.assert_one_finding("tools/tenon/main.cc:1", "base/b.h")

    def test_refuses_a_public_header_below_the_api(self):
        self.write("src/graph/g.h", "#include <tenon/device.h>\n")
        self.assert_one_finding("graph may not include tenon/device.h")

    def test_refuses_libraries_in_public_headers(self):
        self.write("cmake/TenonLibraries.cmake", "include/tenon/error.h")
        self.write("include/tenon/error.h", "#include <string>\n#include <fmt/format.h>\n")
        self.assert_one_finding("include/tenon/error.h:2", "fmt/format.h")

    def test_refuses_relative_includes(self):
        self.write("examples/x/main.cc", '#include "../common/c.h"\n')
        self.assertEqual(self.findings(), [])
        self.write("tools/tenon/main.cc", '#include "../../src/base/b.h"\n')
        self.assert_one_finding("tools/tenon/main.cc:1", "leaves its folder")
        self.write("tools/tenon/main.cc", "")
        self.write("src/base/b.h", '#include "../graph/g.h"\n')
        self.assert_one_finding("src/base/b.h:1", "leaves its folder")

    def test_lets_tests_see_everything(self):
        self.write("src/base/b_test.cc", '#include "graph/g.h"\n')
        self.assertEqual(self.findings(), [])

    def test_refuses_a_source_that_is_not_compiled(self):
        self.write("src/base/bytes.cc", "")
        self.write("src/base/lost.cc", "")
        database = self.root / "compile_commands.json"
        entries = [{"file": str(self.root / "src/base/bytes.cc")}, {"file": "/usr/src/gtest.cc"}]
        database.write_text(json.dumps(entries))
        built = check_layers.read_built(self.root, database)
        self.assert_one_finding("src/base/lost.cc", "no CMakeLists.txt lists it", built=built)

    def test_refuses_a_public_header_that_is_not_installed(self):
        self.write("cmake/TenonLibraries.cmake", "include/tenon/error.h")
        self.write("include/tenon/error.h", "")
        self.write("include/tenon/lost.h", "")
        self.assert_one_finding("include/tenon/lost.h", "header set")

    def test_refuses_long_files_and_a_large_api(self):
        self.write("src/base/b.h", "\n" * 501)
        self.assert_one_finding("501 lines")
        self.write("src/base/b.h", "\n" * 500)
        names = [f"include/tenon/h{i}.h" for i in range(6)]
        self.write("cmake/TenonLibraries.cmake", " ".join(names))
        for name in names:
            self.write(name, "\n" * 420)
        self.assert_one_finding("include/tenon: 2520 lines")

    def test_refuses_another_table_in_the_architecture(self):
        self.architecture(TABLE.replace("tensor: base", "tensor:   base"))
        self.assertEqual(self.findings(), [])
        self.architecture(TABLE.replace("graph: tensor", "graph: base"))
        self.assert_one_finding("ARCHITECTURE.md", "differs")

    def test_refuses_pages_that_name_files_that_are_not_there(self):
        self.write("src/ops/list.cc", "")
        self.write("CONTRIBUTING.md", "`src/ops/list.cc`, `src/ops/`, `ops/list`, `src/<layer>/x_cases.cc`,\n"
                   "`./dev`, `build/dev`, `tenon ops --markdown >docs/ops.md`\n")
        self.assertEqual(self.findings(), [])
        self.write("CONTRIBUTING.md", "\nsee `src/ops/lost.cc`\n")
        self.assert_one_finding("CONTRIBUTING.md:2", "src/ops/lost.cc is not there")

    def test_refuses_a_cycle_in_the_table(self):
        self.write("cmake/layers.txt", "a: b\nb: a\n")
        with self.assertRaises(SystemExit):
            self.findings()


if __name__ == "__main__":
    unittest.main()
