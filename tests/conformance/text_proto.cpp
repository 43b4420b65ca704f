#include "tests/conformance/text_proto.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace sluice::conformance {
namespace {

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-' ||
         c == '+';
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 16;
}

void append_code_point(std::string& to, std::uint32_t point) {
  const auto continued = [&](unsigned shift) {
    to += static_cast<char>(0x80U | ((point >> shift) & 0x3fU));
  };
  if (point < 0x80) {
    to += static_cast<char>(point);
    return;
  }
  if (point < 0x800) {
    to += static_cast<char>(0xc0U | (point >> 6U));
  } else if (point < 0x10000) {
    to += static_cast<char>(0xe0U | (point >> 12U));
    continued(6);
  } else {
    to += static_cast<char>(0xf0U | (point >> 18U));
    continued(12);
    continued(6);
  }
  continued(0);
}

class Reader {
 public:
  Reader(std::string_view text, std::string& mistake) : text_(text), mistake_(mistake) {}

  bool fields(ProtoMessage& to, char close, int depth) {
    constexpr int most = 64;
    if (depth > most) return fail("messages nest too deeply");
    for (;;) {
      const char next = peek();
      if (next == close && (close != 0 || at_end())) {
        ++at_;
        return true;
      }
      if (at_end()) return fail("the text ends within a message");
      if (next == ',' || next == ';') {
        ++at_;
        continue;
      }
      if (!field(to, depth)) return false;
    }
  }

 private:
  bool fail(const std::string& what) {
    if (mistake_.empty()) mistake_ = "line " + std::to_string(line_) + ": " + what;
    return false;
  }
  bool at_end() const { return at_ >= text_.size(); }
  /// The next sign that counts; 0 at the end.
  char peek() {
    bool is_comment = false;
    for (; !at_end(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') ++line_;
      is_comment = (is_comment || c == '#') && c != '\n';
      if (!is_comment && std::isspace(static_cast<unsigned char>(c)) == 0) return c;
    }
    return 0;
  }

  bool field(ProtoMessage& to, int depth) {
    ProtoField field;
    field.line = line_;
    if (peek() == '[') {
      const std::size_t end = text_.find(']', at_);
      if (end == std::string_view::npos) return fail("a name without ']'");
      field.name = text_.substr(at_, end + 1 - at_);
      at_ = end + 1;
    } else {
      field.name = word();
      if (field.name.empty()) return fail("expected the name of a field");
    }
    const bool has_colon = peek() == ':';
    if (has_colon) ++at_;
    if (peek() != '[') return value(std::move(field), has_colon, to, depth);
    ++at_;
    while (peek() != ']') {
      if (at_end()) return fail("a list without ']'");
      if (!value(field, has_colon, to, depth)) return false;
      if (peek() == ',') ++at_;
    }
    ++at_;
    return true;
  }

  bool value(ProtoField field, bool has_colon, ProtoMessage& to, int depth) {
    const char next = peek();
    if (next == '{' || next == '<') {
      ++at_;
      field.is_message = true;
      if (!fields(field.message, next == '{' ? '}' : '>', depth + 1)) return false;
    } else if (!has_colon) {
      return fail("expected ':' or a message behind '" + field.name + "'");
    } else if (next == '"' || next == '\'') {
      while (peek() == '"' || peek() == '\'') {
        if (!quoted(field.scalar)) return false;
      }
    } else {
      field.scalar = word();
      if (field.scalar.empty()) return fail("expected a value of '" + field.name + "'");
    }
    to.fields.push_back(std::move(field));
    return true;
  }

  std::string word() {
    const std::size_t begin = at_;
    while (!at_end() && is_word(text_[at_])) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  bool quoted(std::string& to) {
    const char quote = text_[at_++];
    while (!at_end() && text_[at_] != quote && text_[at_] != '\n') {
      if (text_[at_] != '\\') {
        to += text_[at_++];
        continue;
      }
      ++at_;
      if (!escape(to)) return false;
    }
    if (at_end() || text_[at_] != quote) return fail("a string without its end");
    ++at_;
    return true;
  }

  bool escape(std::string& to) {
    if (at_end()) return fail("a string without its end");
    constexpr std::string_view letters = "abfnrtv\\'\"?";
    constexpr std::string_view meanings = "\a\b\f\n\r\t\v\\'\"?";
    const char c = text_[at_];
    if (const std::size_t letter = letters.find(c); letter != std::string_view::npos) {
      to += meanings[letter];
      ++at_;
      return true;
    }
    if (c >= '0' && c <= '7') return number(to, 8, 3, false);
    ++at_;
    if (c == 'x' || c == 'X') return number(to, 16, 2, false);
    if (c == 'u') return number(to, 16, 4, true);
    if (c == 'U') return number(to, 16, 8, true);
    return fail("an unknown escape");
  }

  bool number(std::string& to, int base, std::size_t most, bool is_code_point) {
    std::uint32_t made = 0;
    std::size_t count = 0;
    for (; count < most && !at_end() && digit_of(text_[at_]) < base; ++count, ++at_) {
      made = made * static_cast<std::uint32_t>(base) +
             static_cast<std::uint32_t>(digit_of(text_[at_]));
    }
    if (count == 0 || (is_code_point && (count < most || made > 0x10ffff))) {
      return fail("an escape without its digits");
    }
    if (is_code_point) {
      append_code_point(to, made);
    } else {
      to += static_cast<char>(made);
    }
    return true;
  }

  std::string_view text_;
  std::string& mistake_;
  std::size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

const ProtoField* ProtoMessage::find(std::string_view name) const {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const ProtoField& field) { return field.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

const ProtoMessage& ProtoMessage::message(std::string_view name) const {
  static const ProtoMessage none;
  const ProtoField* field = find(name);
  return field == nullptr ? none : field->message;
}

std::string_view ProtoMessage::scalar(std::string_view name) const {
  const ProtoField* field = find(name);
  return field == nullptr ? std::string_view() : std::string_view(field->scalar);
}

bool parse_text_proto(std::string_view text, ProtoMessage& to, std::string& mistake) {
  mistake.clear();
  return Reader(text, mistake).fields(to, 0, 0);
}

}  // namespace sluice::conformance
