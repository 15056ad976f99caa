"""Stands in for Conan's abseil, so that the recipe is tested without a network: the abseil that pkg-config finds."""

import subprocess

from conan import ConanFile


class SystemAbseil(ConanFile):
    name = "abseil"
    settings = "os", "arch", "compiler", "build_type"

    def package_info(self):
        for name in ("absl_flat_hash_map", "absl_hash", "absl_strings"):
            flags = subprocess.run(["pkg-config", "--libs", name], capture_output=True, text=True, check=True).stdout
            part = self.cpp_info.components[name]
            part.includedirs = part.libdirs = part.bindirs = []
            part.system_libs = [flag[2:] for flag in flags.split() if flag.startswith("-l")]
