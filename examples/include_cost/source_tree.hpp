// source_tree: headers on disk, and which file an #include means.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "scanner.hpp"

namespace include_cost {

namespace fs = std::filesystem;

// One file that has been read. Files are known by their canonical path: no links, no "..".
struct header {
  std::string path;
  std::size_t lines = 0;
  std::vector<std::string> includes;  // paths, each once, in the order of first mention
  std::size_t directives = 0;         // #include lines
  std::size_t external = 0;           // those among them that name no file under the roots
};

// The text of a file, or its first `most` characters and a few more. Throws std::system_error.
inline std::string read_text(const std::string& path, std::size_t most = std::string::npos) {
  const auto close = [](std::FILE* file) { std::fclose(file); };
  const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "rb"), close);
  const auto failure = [&path] {
    return std::system_error(errno, std::generic_category(), "cannot read " + path);
  };
  if (!file) throw failure();
  std::string text;
  char buffer[1 << 14];
  while (text.size() < most) {
    const std::size_t count = std::fread(buffer, 1, sizeof buffer, file.get());
    if (count == 0) break;
    text.append(buffer, count);
  }
  if (std::ferror(file.get()) != 0) throw failure();
  return text;
}

class source_tree {
 public:
  // An #include is looked for in the roots, in this order, as a compiler does with its -I.
  explicit source_tree(std::vector<fs::path> roots) : roots_(std::move(roots)) {}

  // Throws std::system_error where the file cannot be read.
  header read(const std::string& path) const {
    const scanned_text text = scan(read_text(path));
    header result;
    result.path = path;
    result.lines = text.lines;
    result.directives = text.includes.size();
    for (const include_directive& include : text.includes) {
      std::optional<std::string> found = resolve(include, path);
      if (!found) {
        ++result.external;
      } else if (std::ranges::find(result.includes, *found) == result.includes.end()) {
        result.includes.push_back(*std::move(found));
      }
    }
    return result;
  }

  // `path` as seen from the first root, where that is shorter.
  std::string name_of(const std::string& path) const {
    if (root_of(path) != roots_.begin()) return path;
    return fs::path(path).lexically_relative(roots_.front()).string();
  }

 private:
  using root_iterator = std::vector<fs::path>::const_iterator;

  std::optional<std::string> resolve(const include_directive& include,
                                     const std::string& from) const {
    root_iterator root = roots_.begin();
    switch (include.kind) {
      case include_kind::computed:
        return std::nullopt;
      case include_kind::quoted:
        if (auto found = existing(fs::path(from).parent_path() / include.name)) return found;
        break;
      case include_kind::angle:
        break;
      case include_kind::next:
        root = root_of(from);
        if (root != roots_.end()) ++root;
        break;
    }
    for (; root != roots_.end(); ++root) {
      if (auto found = existing(*root / include.name)) return found;
    }
    return std::nullopt;
  }

  static std::optional<std::string> existing(const fs::path& candidate) {
    std::error_code error;
    if (!fs::is_regular_file(candidate, error)) return std::nullopt;
    fs::path path = fs::canonical(candidate, error);
    if (error) return std::nullopt;
    return std::move(path).string();
  }

  // The first root that `path` is under.
  root_iterator root_of(const fs::path& path) const {
    return std::ranges::find_if(roots_, [&path](const fs::path& root) {
      return std::ranges::mismatch(root, path).in1 == root.end();
    });
  }

  std::vector<fs::path> roots_;  // canonical
};

// A header ends like one; or it has no ending, like <vector>, and starts like one: its first line
// with a # at the margin is a directive that headers begin with.
inline bool looks_like_header(const fs::path& path) {
  static constexpr std::string_view endings[] = {".h",   ".hh",  ".hpp", ".hxx", ".h++",
                                                 ".tcc", ".ipp", ".inl", ".inc"};
  const std::string ending = path.extension().string();
  if (!ending.empty()) return std::ranges::find(endings, ending) != std::end(endings);

  static constexpr std::string_view openings[] = {"#ifndef ", "#pragma ", "#include ", "#if "};
  const std::string text = read_text(path.string(), 1 << 16);
  const std::size_t mark = text.starts_with('#') ? 0 : text.find("\n#");
  if (mark == std::string::npos) return false;
  const std::string_view line = std::string_view(text).substr(text[mark] == '\n' ? mark + 1 : mark);
  return std::ranges::any_of(openings, [&](std::string_view o) { return line.starts_with(o); });
}

// All headers in a directory and below, sorted; hidden files and directories are passed over.
// Throws std::system_error where a directory or a file cannot be read.
inline std::vector<std::string> headers_below(const fs::path& directory) {
  std::vector<std::string> found;
  fs::recursive_directory_iterator entry(directory);
  for (; entry != fs::recursive_directory_iterator(); ++entry) {
    if (entry->path().filename().string().starts_with('.')) {
      if (entry->is_directory()) entry.disable_recursion_pending();
    } else if (entry->is_regular_file() && looks_like_header(entry->path())) {
      found.push_back(fs::canonical(entry->path()).string());
    }
  }
  std::ranges::sort(found);
  const auto repeated = std::ranges::unique(found);  // two links to one file
  found.erase(repeated.begin(), repeated.end());
  return found;
}

}  // namespace include_cost
