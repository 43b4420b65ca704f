// The builder that a stage file declares its type of stage with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/stage/option.h"
#include "engine/stage/option_errors.h"
#include "engine/stage/stage_type.h"

namespace sluice {

/// What Declare does for every struct of options alike, and so is compiled once.
namespace declare_detail {

StageType type_of(Role role, std::string_view name, std::string_view summary);
void add_option(StageType& type, std::string_view name, std::string_view doc, bool required,
                std::string kind, std::string default_text, std::string check,
                std::vector<std::string> choices);
void add_output(StageType& type, std::string_view name);

/// How reading one value went.
enum class ReadOutcome : std::uint8_t { good, no_such_type, out_of_range };

/// Reports options of `given` that `type` does not have.
void report_unknown(const StageType& type, const Value& given, Diagnostics& diagnostics);
/// The value that `given` has for an option; null: none. Reports one that is missing.
const Value* find_value(const StageType& type, const OptionInfo& option, const Value& given,
                        Mark stage, Diagnostics& diagnostics);
/// `why`: what is wrong with a value of the wrong type.
void report_bad(const OptionInfo& option, Mark mark, ReadOutcome outcome, const std::string& why,
                Diagnostics& diagnostics);
/// The fields that are wanted of any output.
Demand passed_on(const StagePlace& place);

}  // namespace declare_detail

/// Declares a type of stage. `Options` is a default-constructible struct.
///
///   registry.add(Declare<Options>(Role::transform, "filter", "Keeps the records that match.")
///                    .option("contains", &Options::contains, "Texts that must all be there.")
///                    .make([](const Options& options, StageContext&) -> Result<Parts> { ... })
///                    .done());
template <class Options>
class Declare {
 public:
  Declare(Role role, std::string_view name, std::string_view summary)
      : type_(declare_detail::type_of(role, name, summary)), shape_(std::make_shared<Shape>()) {}

  template <class T, class Check = Anything>
  Declare& option(std::string_view name, T Options::*member, std::string_view doc,
                  Check check = {}) {
    return add(name, member, doc, check, false);
  }
  template <class T, class Check = Anything>
  Declare& required(std::string_view name, T Options::*member, std::string_view doc,
                    Check check = {}) {
    return add(name, member, doc, check, true);
  }
  Declare& main(std::string_view option) { return set(type_.main_option, option); }
  Declare& main_map(std::string_view option) { return main(option).set(type_.main_is_map, true); }
  Declare& details(std::string_view text) { return set(type_.details, text); }
  Declare& example(std::string_view yaml) { return set(type_.example, yaml); }
  Declare& named_output(std::string_view name) {
    declare_detail::add_output(type_, name);
    return *this;
  }
  /// For named outputs that options decide.
  Declare& named_outputs(std::function<std::vector<NamedOutput>(const Options&)> of) {
    return set(shape_->named_outputs_of, std::move(of));
  }
  /// Lets `ID.NAME` stand for the main output as well as `ID`.
  Declare& main_output(std::string_view name) { return set(type_.main_output, name); }
  Declare& input(EdgeType type) { return set(type_.input, type); }
  Declare& output(EdgeType type) { return set(type_.output, type); }
  /// For edge types that an option decides.
  Declare& input(std::function<EdgeType(const Options&)> of) {
    return set(shape_->input_of, std::move(of));
  }
  Declare& output(std::function<EdgeType(const Options&)> of) {
    return set(shape_->output_of, std::move(of));
  }
  /// Checks that concern several options. There may be more than one; all are made.
  Declare& check(std::function<void(const Options&, const OptionErrors&)> check) {
    shape_->checks.push_back(std::move(check));
    return *this;
  }
  /// What its records look like. Not given: as those of its input; those of a source and of a
  /// duplex have no fields.
  Declare& schema(std::function<Schema(const Options&, const Schema&, Diagnostics&)> schema) {
    return set(shape_->schema, std::move(schema));
  }
  /// What it wants of its input. Not given: the fields wanted of its outputs; of a duplex, none.
  Declare& demand(std::function<Demand(const Options&, const StagePlace&)> demand) {
    return set(shape_->demand, std::move(demand));
  }
  Declare& make(std::function<Result<Parts>(const Options&, StageContext&)> make) {
    return make_in_place(
        [make = std::move(make)](const Options& options, StageContext& context,
                                 const StagePlace& /*place*/) { return make(options, context); });
  }
  /// For a stage that its neighbours make a difference to.
  Declare& make_in_place(
      std::function<Result<Parts>(const Options&, StageContext&, const StagePlace&)> make) {
    return set(shape_->make, std::move(make));
  }

  /// The type, once.
  StageType done() {
    type_.binder = std::move(shape_);
    return std::move(type_);
  }

 private:
  using ReadOutcome = declare_detail::ReadOutcome;
  /// Reads one option into the struct; says why a value is of the wrong type.
  using Reader = std::function<ReadOutcome(const Value&, Options&, std::string& why)>;

  struct Shape final : OptionBinder, std::enable_shared_from_this<Shape> {
    std::vector<Reader> readers;  ///< One for each of the type's options.
    std::function<EdgeType(const Options&)> input_of;
    std::function<EdgeType(const Options&)> output_of;
    std::function<std::vector<NamedOutput>(const Options&)> named_outputs_of;
    std::vector<std::function<void(const Options&, const OptionErrors&)>> checks;
    std::function<Schema(const Options&, const Schema&, Diagnostics&)> schema;
    std::function<Demand(const Options&, const StagePlace&)> demand;
    std::function<Result<Parts>(const Options&, StageContext&, const StagePlace&)> make;

    std::unique_ptr<BoundStage> bind(const StageType& type, const Value& given, Mark stage,
                                     Diagnostics& diagnostics) const override {
      const std::size_t before = diagnostics.all().size();
      declare_detail::report_unknown(type, given, diagnostics);
      const std::size_t unknown = diagnostics.all().size();
      Options options;
      for (std::size_t i = 0; i < readers.size(); ++i) {
        const Value* value =
            declare_detail::find_value(type, type.options[i], given, stage, diagnostics);
        if (value == nullptr) continue;
        std::string why;
        const ReadOutcome outcome = readers[i](*value, options, why);
        if (outcome == ReadOutcome::good) continue;
        declare_detail::report_bad(type.options[i], value->mark(), outcome, why, diagnostics);
      }
      // What checks say of options that could not be read would only confuse.
      const bool good = diagnostics.all().size() == unknown;
      for (const auto& check : checks) {
        if (good) check(options, OptionErrors(given, stage, diagnostics));
      }
      if (diagnostics.all().size() != before) return nullptr;
      return std::make_unique<Bound>(this->shared_from_this(), type, std::move(options));
    }
  };

  class Bound final : public BoundStage {
   public:
    Bound(std::shared_ptr<const Shape> shape, const StageType& type, Options options)
        : shape_(std::move(shape)),
          options_(std::move(options)),
          input_(shape_->input_of ? shape_->input_of(options_) : type.input),
          output_(shape_->output_of ? shape_->output_of(options_) : type.output),
          named_outputs_(shape_->named_outputs_of ? shape_->named_outputs_of(options_)
                                                  : type.named_outputs),
          begins_anew_(type.role == Role::duplex) {}
    using BoundStage::make_parts;
    EdgeType input() const override { return input_; }
    EdgeType output() const override { return output_; }
    const std::vector<NamedOutput>& named_outputs() const override { return named_outputs_; }
    Schema output_schema(const Schema& input, Diagnostics& diagnostics) const override {
      if (shape_->schema) return shape_->schema(options_, input, diagnostics);
      return begins_anew_ ? Schema{} : input;
    }
    Demand input_demand(const StagePlace& place) const override {
      if (shape_->demand) return shape_->demand(options_, place);
      return begins_anew_ ? Demand{} : declare_detail::passed_on(place);
    }
    Result<Parts> make_parts(StageContext& context, const StagePlace& place) const override {
      return shape_->make(options_, context, place);
    }

   private:
    std::shared_ptr<const Shape> shape_;
    Options options_;
    EdgeType input_;
    EdgeType output_;
    std::vector<NamedOutput> named_outputs_;
    bool begins_anew_;  ///< What it gives has nothing of what it takes.
  };

  template <class T, class Given>
  Declare& set(T& member, Given&& value) {
    member = std::forward<Given>(value);
    return *this;
  }

  template <class T, class Check>
  Declare& add(std::string_view name, T Options::*member, std::string_view doc, Check check,
               bool required) {
    declare_detail::add_option(type_, name, doc, required, OptionType<T>::name(),
                               required ? std::string() : OptionType<T>::print(Options{}.*member),
                               check.text(), OptionType<T>::choices());
    shape_->readers.push_back([member, check](const Value& value, Options& to, std::string& why) {
      if (!OptionType<T>::parse(value, to.*member, why)) return ReadOutcome::no_such_type;
      return check.holds(to.*member) ? ReadOutcome::good : ReadOutcome::out_of_range;
    });
    return *this;
  }

  StageType type_;
  std::shared_ptr<Shape> shape_;
};

}  // namespace sluice
