// Reads protobuf's text format (protobuf.dev/reference/protobuf/textformat-spec) into a tree,
// without a schema: what the conformance tests of CEL are written in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::conformance {

struct ProtoField;

/// Fields in the order in which they are written; a repeated field is there several times.
struct ProtoMessage {
  std::vector<ProtoField> fields;

  /// The first field called `name`; null: there is none.
  const ProtoField* find(std::string_view name) const;
  /// The message called `name`; an empty one when there is none.
  const ProtoMessage& message(std::string_view name) const;
  /// The scalar called `name`; empty when there is none.
  std::string_view scalar(std::string_view name) const;
};

/// A scalar, or a message.
struct ProtoField {
  std::string name;  ///< Of an extension or an Any with its brackets: "[type.googleapis.com/x]".
  int line = 0;
  bool is_message = false;
  std::string scalar;  ///< The bytes of a string; anything else as it is written: "-1", "true".
  ProtoMessage message;
};

/// False after filling `mistake` with "line N: ...".
bool parse_text_proto(std::string_view text, ProtoMessage& to, std::string& mistake);

}  // namespace sluice::conformance
