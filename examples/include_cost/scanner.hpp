// scanner: what the text of one file says: how many lines it has, and its #include directives.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace include_cost {

enum class include_kind {
  quoted,    // #include "name"
  angle,     // #include <name>
  next,      // #include_next, with either
  computed,  // #include MACRO: only a preprocessor could tell
};

struct include_directive {
  include_kind kind;
  std::string name;  // as written; empty if computed
};

struct scanned_text {
  std::size_t lines = 0;  // a last line without a newline counts
  std::vector<include_directive> includes;
};

// Takes comments out of a text that is handed over line by line.
class comment_stripper {
 public:
  // A string or character literal ends with its line at the latest, so that the apostrophe in
  // 1'000 or in "#error don't" hides a comment on its own line at most. Raw strings are not known.
  std::string strip(std::string_view line) {
    std::string code;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string_view rest = line.substr(i);
      if (in_comment_) {
        if (!rest.starts_with("*/")) continue;
        in_comment_ = false;
        ++i;
      } else if (rest.starts_with("/*")) {
        in_comment_ = true;
        code += ' ';
        ++i;
      } else if (rest.starts_with("//")) {
        break;
      } else if (line[i] == '"' || line[i] == '\'') {
        const std::size_t length = literal_length(rest);
        code += rest.substr(0, length);
        i += length - 1;
      } else {
        code += line[i];
      }
    }
    return code;
  }

 private:
  static std::size_t literal_length(std::string_view text) {
    for (std::size_t i = 1; i < text.size(); ++i) {
      if (text[i] == '\\') {
        ++i;
      } else if (text[i] == text[0]) {
        return i + 1;
      }
    }
    return text.size();
  }

  bool in_comment_ = false;
};

inline std::string_view skip_blanks(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t\r\f\v"), text.size()));
}

// `line` without its comments; nothing if it is not an #include.
inline std::optional<include_directive> parse_include(std::string_view line) {
  line = skip_blanks(line);
  if (!line.starts_with('#')) return std::nullopt;
  line = skip_blanks(line.substr(1));

  bool next = false;
  if (line.starts_with("include_next")) {
    next = true;
    line.remove_prefix(std::string_view("include_next").size());
  } else if (line.starts_with("include")) {
    line.remove_prefix(std::string_view("include").size());
  } else {
    return std::nullopt;
  }
  if (line.empty() || std::string_view(" \t\"<").find(line[0]) == std::string_view::npos) {
    return std::nullopt;  // some longer word
  }
  line = skip_blanks(line);

  const bool quoted = line.starts_with('"');
  if (!quoted && !line.starts_with('<')) return include_directive{include_kind::computed, {}};
  const std::size_t end = line.find(quoted ? '"' : '>', 1);
  if (end == std::string_view::npos) return include_directive{include_kind::computed, {}};
  const include_kind kind = next     ? include_kind::next
                            : quoted ? include_kind::quoted
                                     : include_kind::angle;
  return include_directive{kind, std::string(line.substr(1, end - 1))};
}

// Every #include counts, in whichever branch of an #if it stands.
inline scanned_text scan(std::string_view text) {
  scanned_text result;
  comment_stripper comments;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    const std::string line = comments.strip(text.substr(0, end + 1));
    if (auto directive = parse_include(line)) result.includes.push_back(*std::move(directive));
    text.remove_prefix(end + 1);
    ++result.lines;
  }
  return result;
}

}  // namespace include_cost
