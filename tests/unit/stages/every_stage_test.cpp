// What holds of every stage there is.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "engine/stage/registry.h"
#include "stages/register_all.h"

namespace sluice {
namespace {

/// What stands between brackets, apart.
std::vector<std::string> items_of(const std::string& text) {
  std::vector<std::string> items;
  for (std::size_t at = 1; at < text.size();) {
    const std::size_t end = std::min(text.find(", ", at), text.size() - 1);
    items.push_back(text.substr(at, end - at));
    at = end + (text[end] == ',' ? 2 : 1);
  }
  return items;
}

/// A printed default as a config would have it: "[a, b]" is a list, "{a: b, c: d}" a map.
Value written(const std::string& text) {
  if (text.starts_with('{')) {
    std::vector<Entry> entries;
    for (const std::string& item : items_of(text)) {
      const std::size_t colon = item.find(": ");
      entries.push_back({item.substr(0, colon), {}, Value::scalar(item.substr(colon + 2))});
    }
    return Value::map(std::move(entries));
  }
  if (!text.starts_with('[')) return Value::scalar(text);
  std::vector<Value> items;
  for (const std::string& item : items_of(text)) items.push_back(Value::scalar(item));
  return Value::list(std::move(items));
}

class EveryStage : public ::testing::Test {
 protected:
  EveryStage() { register_all_stages(registry_); }

  template <class Visit>
  void for_each_option(Visit visit) const {
    for (const StageType& type : registry_.all()) {
      for (const OptionInfo& option : type.options) {
        SCOPED_TRACE(std::string(name_of(type.role)) + " " + type.name + ", option " + option.name);
        visit(type, option);
      }
    }
  }
  Registry registry_;
};

TEST_F(EveryStage, HasDefaultsThatItWouldAccept) {
  std::size_t tried = 0;
  for_each_option([&](const StageType& type, const OptionInfo& option) {
    if (option.default_text.empty()) return;
    ++tried;
    Diagnostics diagnostics;
    type.bind(Value::map({{option.name, {}, written(option.default_text)}}), {}, diagnostics);
    for (const Diagnostic& mistake : diagnostics.all()) {
      // Other options that it needs are missing here.
      EXPECT_FALSE(mistake.message.starts_with("option '" + option.name + "'")) << mistake.message;
    }
  });
  EXPECT_GT(tried, 10U);
}

TEST_F(EveryStage, DocumentsEachOptionInASentence) {
  for_each_option([&](const StageType& /*type*/, const OptionInfo& option) {
    EXPECT_TRUE(option.doc.ends_with('.')) << option.doc;
    EXPECT_FALSE(option.type.empty());
    EXPECT_FALSE(option.required && !option.default_text.empty());
  });
}

TEST_F(EveryStage, HasASummaryAnExampleAndAMainOptionThatExists) {
  for (const StageType& type : registry_.all()) {
    SCOPED_TRACE(std::string(name_of(type.role)) + " " + type.name);
    EXPECT_TRUE(type.summary.ends_with('.'));
    EXPECT_TRUE(type.example.starts_with("- "));
    const bool known =
        std::any_of(type.options.begin(), type.options.end(),
                    [&](const OptionInfo& option) { return option.name == type.main_option; });
    EXPECT_TRUE(known || type.main_option.empty()) << type.main_option;
    EXPECT_EQ(type.input == EdgeType::none, type.role == Role::source);
    EXPECT_EQ(type.output == EdgeType::none, type.role == Role::sink);
  }
}

TEST_F(EveryStage, RefusesAnUnknownOption) {
  for (const StageType& type : registry_.all()) {
    Diagnostics diagnostics;
    EXPECT_EQ(type.bind(Value::map({{"no_such_option", {}, Value::scalar("1")}}), {}, diagnostics),
              nullptr);
    ASSERT_FALSE(diagnostics.empty());
    EXPECT_EQ(diagnostics.all().front().code, "option.unknown") << type.name;
  }
}

}  // namespace
}  // namespace sluice
