// What the registry knows of a type of stage.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/stage/bound_stage.h"
#include "engine/stage/part.h"
#include "engine/stage/role.h"
#include "engine/stage/schema.h"
#include "engine/stage/stage_context.h"

namespace sluice {

/// One option as docs and the schema show it.
struct OptionInfo {
  std::string name;
  std::string type;
  std::string doc;
  std::string default_text;  ///< Empty: none.
  std::string check;         ///< "must be from 1 to 19"; empty: none.
  std::vector<std::string> choices;
  bool required = false;
};

struct StageType;

/// Reads the options of one type of stage.
class OptionBinder {
 public:
  OptionBinder() = default;
  OptionBinder(const OptionBinder&) = delete;
  OptionBinder& operator=(const OptionBinder&) = delete;
  virtual ~OptionBinder() = default;
  virtual std::unique_ptr<BoundStage> bind(const StageType& type, const Value& given, Mark stage,
                                           Diagnostics& diagnostics) const = 0;
};

/// A type of stage. Immutable once registered.
struct StageType {
  std::string name;
  Role role = Role::source;
  std::string summary;       ///< One sentence.
  std::string details;       ///< Further paragraphs for the docs; may be empty.
  std::string example;       ///< YAML of one stage, as it stands in a config.
  std::string main_option;   ///< What `- TYPE: VALUE` sets; empty: there is no short form.
  bool main_is_map = false;  ///< A map there is that option's value, unless it names the option.
  EdgeType input = EdgeType::none;
  EdgeType output = EdgeType::none;
  /// Those that every stage of the type has.
  std::vector<NamedOutput> named_outputs;
  std::string main_output;  ///< A name for its main output; empty: it has none of its own.
  std::vector<OptionInfo> options;
  std::shared_ptr<const OptionBinder> binder;

  StageType();
  StageType(const StageType& other);
  StageType(StageType&& other) noexcept;
  StageType& operator=(const StageType& other);
  StageType& operator=(StageType&& other) noexcept;
  ~StageType();

  /// Reads `given` (a map). Reports every mistake; null if there was one. `stage` marks the stage.
  std::unique_ptr<BoundStage> bind(const Value& given, Mark stage, Diagnostics& diagnostics) const;
};

}  // namespace sluice
