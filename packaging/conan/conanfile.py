"""The Conan 2 recipe of wait_map, from the checkout that it lies in: `conan create packaging/conan`.

Header-only: it copies the headers and names what they need of abseil, and of Asio where the options ask for it.
"""

import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy, load


class WaitMap(ConanFile):
    name = "wait_map"
    description = "A concurrent hash map whose wait(key) suspends a coroutine until the key has a value"
    license = "MIT"
    topics = ("concurrency", "coroutines", "hash-map", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"asio": [True, False], "boost_asio": [True, False]}
    default_options = {"asio": False, "boost_asio": False}
    no_copy_source = True

    @property
    def _checkout(self):
        return os.path.join(self.recipe_folder, "..", "..")

    def set_version(self):
        text = load(self, os.path.join(self._checkout, "include", "wait_map", "version.hpp"))
        self.version = ".".join(re.search(rf"WAIT_MAP_VERSION_{part} +(\d+)", text)[1]
                                for part in ("MAJOR", "MINOR", "PATCH"))

    def export_sources(self):
        copy(self, "include/*", self._checkout, self.export_sources_folder)
        copy(self, "packaging/gdb/*.py", self._checkout, self.export_sources_folder)
        copy(self, "LICENSE", self._checkout, self.export_sources_folder)

    def requirements(self):
        self.requires("abseil/[>=20220623]", transitive_headers=True, transitive_libs=True)
        if self.options.asio:
            self.requires("asio/[>=1.22]", transitive_headers=True)
        if self.options.boost_asio:
            self.requires("boost/[>=1.81]", transitive_headers=True)

    def validate(self):
        if self.settings.get_safe("compiler.cppstd"):
            check_min_cppstd(self, 20)

    def package_id(self):
        self.info.clear()

    def package(self):
        copy(self, "*.hpp", os.path.join(self.source_folder, "include"), os.path.join(self.package_folder, "include"))
        copy(self, "wait_map.py", os.path.join(self.source_folder, "packaging", "gdb"),
             os.path.join(self.package_folder, "share", "wait_map", "gdb"))
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))

    def package_info(self):
        parts = {"wait_map": ["abseil::absl_flat_hash_map", "abseil::absl_hash", "abseil::absl_strings"]}
        if self.options.asio:
            parts["asio"] = ["wait_map", "asio::asio"]
        if self.options.boost_asio:
            parts["boost_asio"] = ["wait_map", "boost::headers"]
            self.cpp_info.components["boost_asio"].defines = ["WAIT_MAP_USE_BOOST_ASIO"]
        for name, requires in parts.items():
            part = self.cpp_info.components[name]
            part.set_property("cmake_target_name", "wait_map::" + name)
            part.requires = requires
            part.bindirs = []
            part.libdirs = []
            if self.settings.os in ("Linux", "FreeBSD"):
                part.system_libs = ["pthread"]
        self.cpp_info.components["wait_map"].set_property("pkg_config_name", "wait_map")
