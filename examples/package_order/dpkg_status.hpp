// dpkg_status: the installed packages of a Debian system and what each depends on.
//
// The file is a sequence of stanzas "Field: text", with an empty line behind each:
//   Package: mutt
//   Status: install ok installed
//   Depends: libc6 (>= 2.36), default-mta | mail-transport-agent
// A package may also provide a name that is not its own.
#pragma once

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace package_order {

// One of these packages must be installed before.
using alternatives = std::vector<std::string>;

struct package {
  std::string name;
  std::vector<alternatives> dependencies;  // those that leave no choice come first
};
using packages = std::map<std::string, package>;

using stanza = std::map<std::string, std::string>;

inline std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

inline std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    parts.push_back(trimmed(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

// "python3:any (>= 3.11)" is python3.
inline std::string name_in(const std::string& relation) {
  return relation.substr(0, relation.find_first_of(" (:"));
}

// The next stanza; an empty one at the end of the file.
inline stanza read_stanza(std::istream& in) {
  stanza fields;
  std::string* field = nullptr;
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) {
      if (!fields.empty()) break;
    } else if (line.front() == ' ' || line.front() == '\t') {
      if (field != nullptr) *field += line;
    } else {
      const auto colon = std::min(line.find(':'), line.size());
      field = &fields[line.substr(0, colon)];
      *field = trimmed(std::string_view(line).substr(std::min(colon + 1, line.size())));
    }
  }
  return fields;
}

// Throws: std::system_error where the file cannot be read, std::runtime_error where it names no
// installed package.
inline packages read_packages(const std::string& path) {
  const auto failure = [&path] {
    return std::system_error(errno, std::generic_category(), "cannot read " + path);
  };
  std::ifstream in(path);
  if (!in) throw failure();
  std::map<std::string, stanza> installed;
  std::map<std::string, std::set<std::string>> providers;  // by what they provide, be it their name
  for (stanza fields = read_stanza(in); !fields.empty(); fields = read_stanza(in)) {
    if (!fields["Status"].ends_with(" installed")) continue;
    const std::string name = fields["Package"];
    providers[name].insert(name);
    for (const auto& each : split(fields["Provides"], ',')) providers[name_in(each)].insert(name);
    installed.emplace(name, std::move(fields));
  }
  if (in.bad()) throw failure();
  if (installed.empty()) throw std::runtime_error("no installed packages in " + path);

  packages result;
  for (auto& [name, fields] : installed) {
    package& self = result[name];
    self.name = name;
    for (const auto& relation : split(fields["Pre-Depends"] + "," + fields["Depends"], ',')) {
      std::set<std::string> found;
      for (const auto& each : split(relation, '|')) found.merge(std::set(providers[name_in(each)]));
      // What is not installed cannot be waited for; what the package itself provides need not be.
      if (found.empty() || found.contains(name)) continue;
      self.dependencies.emplace_back(found.begin(), found.end());
    }
    std::ranges::sort(self.dependencies, {}, [](const alternatives& each) { return each.size(); });
  }
  return result;
}

}  // namespace package_order
