#include "engine/stage/meta_field.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/stage/field_path.h"

namespace sluice {
namespace {

TEST(MetaField, HasANameThatNoFieldOfTheDataHas) {
  for (const MetaField field : meta_fields) {
    const std::string name(name_of(field));
    EXPECT_NE(join_field(split_field(name)), name) << name;
    EXPECT_EQ(find_meta_field(name), field);
    EXPECT_EQ(find_meta_key(plain_field(name).substr(5)), field);
  }
  EXPECT_EQ(plain_field(name_of(MetaField::line)), "meta.line");
  EXPECT_FALSE(find_meta_field("meta.line"));
  EXPECT_FALSE(find_meta_field("meta\\.line"));
  EXPECT_FALSE(find_meta_key("lines"));
}

TEST(MetaField, IsFoundAmongFields) {
  FieldSet set;
  set.add("line");
  set.add(name_of(MetaField::time));
  set.add("path");
  set.add(name_of(MetaField::line));
  EXPECT_EQ(meta_fields_in(set), (std::vector<MetaField>{MetaField::line, MetaField::time}));
}

}  // namespace
}  // namespace sluice
