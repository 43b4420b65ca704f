// What the registry knows of a type of stage, and the builder a stage file declares it with.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/stage/bound_stage.h"
#include "engine/stage/option.h"
#include "engine/stage/option_errors.h"
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
  /// Reads `options` (a map). Reports every mistake; null if there was one. `stage` marks the
  /// stage.
  std::function<std::unique_ptr<BoundStage>(const Value& options, Mark stage, Diagnostics&)> bind;
};

namespace stage_type_detail {
/// Reports options of `given` that no entry of `known` has.
void report_unknown(const StageType& type, const Value& given, Diagnostics& diagnostics);
void report_bad(std::string_view option, Mark mark, std::string_view code, std::string_view why,
                Diagnostics& diagnostics);
void report_missing(const StageType& type, std::string_view option, Mark stage,
                    Diagnostics& diagnostics);
/// The fields that are wanted of any output.
Demand passed_on(const StagePlace& place);
}  // namespace stage_type_detail

/// Declares a type of stage. `Options` is a default-constructible struct.
///   registry.add(Declare<Options>(Role::transform, "filter", "Keeps the records that match.")
///                    .option("contains", &Options::contains, "Texts that must all be there.")
///                    .make([](const Options& options, StageContext&) -> Result<Parts> { ... })
///                    .done());
template <class Options>
class Declare {
 public:
  Declare(Role role, std::string name, std::string summary) {
    type_.role = role;
    type_.name = std::move(name);
    type_.summary = std::move(summary);
    type_.input = role == Role::source ? EdgeType::none : EdgeType::records;
    type_.output = role == Role::sink ? EdgeType::none : EdgeType::records;
    if (role == Role::duplex) schema_ = [](auto&, auto&, auto&) { return Schema{}; };
    if (role == Role::duplex) demand_ = [](auto&, auto&) { return Demand{}; };
  }

  template <class T, class Check = Anything>
  Declare& option(std::string name, T Options::*member, std::string doc, Check check = {}) {
    return add(std::move(name), member, std::move(doc), check, false);
  }
  template <class T, class Check = Anything>
  Declare& required(std::string name, T Options::*member, std::string doc, Check check = {}) {
    return add(std::move(name), member, std::move(doc), check, true);
  }
  Declare& main(std::string option) { return set(type_.main_option, std::move(option)); }
  Declare& main_map(std::string option) {
    return main(std::move(option)).set(type_.main_is_map, true);
  }
  Declare& details(std::string text) { return set(type_.details, std::move(text)); }
  Declare& example(std::string yaml) { return set(type_.example, std::move(yaml)); }
  Declare& named_output(std::string name) {
    const bool is_for_bad_records = name == errors_output;
    type_.named_outputs.push_back({std::move(name), is_for_bad_records});
    return *this;
  }
  /// For named outputs that options decide.
  Declare& named_outputs(std::function<std::vector<NamedOutput>(const Options&)> of) {
    return set(named_outputs_of_, std::move(of));
  }
  /// Lets `ID.NAME` stand for the main output as well as `ID`.
  Declare& main_output(std::string name) { return set(type_.main_output, std::move(name)); }
  Declare& input(EdgeType type) { return set(type_.input, type); }
  Declare& output(EdgeType type) { return set(type_.output, type); }
  /// For edge types that an option decides.
  Declare& input(std::function<EdgeType(const Options&)> of) {
    return set(input_of_, std::move(of));
  }
  Declare& output(std::function<EdgeType(const Options&)> of) {
    return set(output_of_, std::move(of));
  }
  /// Checks that concern several options. There may be more than one; all are made.
  Declare& check(std::function<void(const Options&, const OptionErrors&)> check) {
    checks_.push_back(std::move(check));
    return *this;
  }
  /// What its records look like. Not given: those of its input; a source's and duplex's are bare.
  Declare& schema(std::function<Schema(const Options&, const Schema&, Diagnostics&)> schema) {
    return set(schema_, std::move(schema));
  }
  /// What it wants of its input. Not given: the fields wanted of its outputs; of a duplex, none.
  Declare& demand(std::function<Demand(const Options&, const StagePlace&)> demand) {
    return set(demand_, std::move(demand));
  }
  Declare& make(std::function<Result<Parts>(const Options&, StageContext&)> make) {
    return make_in_place(
        [make = std::move(make)](const Options& options, StageContext& context,
                                 const StagePlace& /*place*/) { return make(options, context); });
  }
  /// For a stage that its neighbours make a difference to.
  Declare& make_in_place(
      std::function<Result<Parts>(const Options&, StageContext&, const StagePlace&)> make) {
    return set(make_, std::move(make));
  }

  StageType done() {
    StageType type = type_;
    type.bind = [shape = *this](const Value& given, Mark stage, Diagnostics& diagnostics) {
      return shape.bind(given, stage, diagnostics);
    };
    return type;
  }

 private:
  /// Reads one option from `given` into the struct; false after reporting a mistake.
  using Reader =
      std::function<bool(const StageType&, const Value& given, Mark stage, Options&, Diagnostics&)>;

  class Bound final : public BoundStage {
   public:
    Bound(const Declare& shape, Options options)
        : options_(std::move(options)),
          input_(shape.input_of_ ? shape.input_of_(options_) : shape.type_.input),
          output_(shape.output_of_ ? shape.output_of_(options_) : shape.type_.output),
          named_outputs_(shape.named_outputs_of_ ? shape.named_outputs_of_(options_)
                                                 : shape.type_.named_outputs),
          schema_(shape.schema_),
          demand_(shape.demand_),
          make_(shape.make_) {}
    using BoundStage::make_parts;
    EdgeType input() const override { return input_; }
    EdgeType output() const override { return output_; }
    const std::vector<NamedOutput>& named_outputs() const override { return named_outputs_; }
    Schema output_schema(const Schema& input, Diagnostics& diagnostics) const override {
      return schema_ ? schema_(options_, input, diagnostics) : input;
    }
    Demand input_demand(const StagePlace& place) const override {
      return demand_ ? demand_(options_, place) : stage_type_detail::passed_on(place);
    }
    Result<Parts> make_parts(StageContext& context, const StagePlace& place) const override {
      return make_(options_, context, place);
    }

   private:
    Options options_;
    EdgeType input_;
    EdgeType output_;
    std::vector<NamedOutput> named_outputs_;
    std::function<Schema(const Options&, const Schema&, Diagnostics&)> schema_;
    std::function<Demand(const Options&, const StagePlace&)> demand_;
    std::function<Result<Parts>(const Options&, StageContext&, const StagePlace&)> make_;
  };

  template <class T>
  Declare& set(T& member, T value) {
    member = std::move(value);
    return *this;
  }

  template <class T, class Check>
  Declare& add(std::string name, T Options::*member, std::string doc, Check check, bool required) {
    OptionInfo info;
    info.name = name;
    info.type = OptionType<T>::name();
    info.doc = std::move(doc);
    info.default_text = required ? std::string() : OptionType<T>::print(Options{}.*member);
    info.check = check.text();
    info.choices = OptionType<T>::choices();
    info.required = required;
    type_.options.push_back(std::move(info));
    readers_.push_back([name = std::move(name), member, check, required](
                           const StageType& type, const Value& given, Mark stage, Options& to,
                           Diagnostics& diagnostics) {
      const Value* value = given.find(name);
      if (value == nullptr) {
        if (required) stage_type_detail::report_missing(type, name, stage, diagnostics);
        return !required;
      }
      std::string why;
      const bool parsed = OptionType<T>::parse(*value, to.*member, why);
      if (!parsed) {
        stage_type_detail::report_bad(name, value->mark(), "option.type", why, diagnostics);
        return false;
      }
      if (check.holds(to.*member)) return true;
      stage_type_detail::report_bad(name, value->mark(), "option.range", check.text(), diagnostics);
      return false;
    });
    return *this;
  }

  std::unique_ptr<BoundStage> bind(const Value& given, Mark stage, Diagnostics& diagnostics) const {
    const std::size_t before = diagnostics.all().size();
    stage_type_detail::report_unknown(type_, given, diagnostics);
    Options options;
    bool good = true;
    for (const Reader& reader : readers_) {
      good = reader(type_, given, stage, options, diagnostics) && good;
    }
    for (const auto& check : checks_) {
      if (good) check(options, OptionErrors(given, stage, diagnostics));
    }
    if (diagnostics.all().size() != before) return nullptr;
    return std::make_unique<Bound>(*this, std::move(options));
  }

  StageType type_;
  std::vector<Reader> readers_;
  std::function<EdgeType(const Options&)> input_of_;
  std::function<EdgeType(const Options&)> output_of_;
  std::function<std::vector<NamedOutput>(const Options&)> named_outputs_of_;
  std::vector<std::function<void(const Options&, const OptionErrors&)>> checks_;
  std::function<Schema(const Options&, const Schema&, Diagnostics&)> schema_;
  std::function<Demand(const Options&, const StagePlace&)> demand_;
  std::function<Result<Parts>(const Options&, StageContext&, const StagePlace&)> make_;
};

}  // namespace sluice
