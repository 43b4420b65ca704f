// The syntax of expressions: the Common Expression Language (CEL) as its public specification
// defines it (google/cel-spec, doc/langdef.md, "Syntax"). Text in, tree out; no names are resolved
// and nothing is typed here.
//
// Operators are calls under the names that the CEL specification gives them: `_&&_`, `_||_`, `!_`,
// `_==_`, `_!=_`, `_<_`, `_<=_`, `_>_`, `_>=_`, `@in`, `_+_`, `_-_`, `_*_`, `_/_`, `_%_`, `-_`,
// `_[_]`, `_?_:_`. Macros (`has`, `all`, `exists`, ...) are calls as written; the checker expands
// them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice {

/// Bytes [begin, end) of an expression's text.
struct TextRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  friend constexpr bool operator==(const TextRange&, const TextRange&) = default;
};

/// A `b"..."` literal.
struct BytesLiteral {
  std::string bytes;
  friend bool operator==(const BytesLiteral&, const BytesLiteral&) = default;
};

/// null, bool, int, uint, double, string or bytes.
using Literal = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string,
                             BytesLiteral>;

struct SyntaxNode;
using SyntaxNodePtr = std::unique_ptr<SyntaxNode>;

/// One node of the tree. Which members mean something depends on `kind`.
struct SyntaxNode {
  enum class Kind : std::uint8_t {
    literal,  ///< `literal`.
    name,     ///< `name`; `absolute` when written with a leading dot.
    select,   ///< `target`.`name`; `name_range` is where the field's name stands.
    call,     ///< `name`(`arguments`), or `target`.`name`(`arguments`), or an operator.
    list,     ///< [`arguments`].
    map,      ///< {`arguments`[0]: `arguments`[1], ...}.
    message,  ///< `name`{field: value, ...}: `field_names` and `arguments`, one of each per field.
  };
  Kind kind = Kind::literal;
  bool absolute = false;
  TextRange range;  ///< All of the node's text, parentheses around it excluded.
  TextRange name_range;
  Literal literal;
  std::string name;
  SyntaxNodePtr target;  ///< Null for a call that is no member call.
  std::vector<SyntaxNodePtr> arguments;
  std::vector<std::string> field_names;
};

/// Why an expression cannot be used, and where in its text.
struct ExpressionMistake {
  std::string message;  ///< Lower case, no full stop: "expected an operand, got ')'".
  std::string hint;     ///< May be empty.
  TextRange range;
};

/// How large an expression may be. Beyond it, parsing stops with a mistake, so that neither the
/// parser nor who walks the tree can run out of stack.
struct ExpressionLimits {
  static constexpr std::size_t text_bytes = std::size_t{64} << 10U;
  static constexpr std::size_t depth = 128;
};

/// The tree of `text`; null after filling `mistake`. The text is UTF-8.
SyntaxNodePtr parse_expression(std::string_view text, ExpressionMistake& mistake);

/// A canonical text of the tree, fully parenthesised, for tests and messages:
/// `(status >= 500) && !path.startsWith("/health")` gives
/// `_&&_(_>=_(status, 500), !_(path.startsWith("/health")))`. It parses to no tree, but equal trees
/// give equal texts.
std::string print_syntax(const SyntaxNode& node);

}  // namespace sluice
