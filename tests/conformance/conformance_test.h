// One test of CEL's conformance suite (google/cel-spec,
// proto/cel/expr/conformance/test/simple.proto) run against our expressions.
//
// Each test is run twice, with types checked as it asks for and without, and must come out right
// both times. A mistake that the compiler finds counts as the error that the test expects.
#pragma once

#include <cstdint>
#include <string>

#include "tests/conformance/text_proto.h"

namespace sluice::conformance {

enum class Result : std::uint8_t {
  passed,
  failed,
  left_out,  ///< It is about what expressions here do not have.
};

struct Report {
  Result result = Result::passed;
  std::string reason;  ///< Why it failed, or why it is left out.
};

/// `test` is a message SimpleTest.
Report run_test(const ProtoMessage& test);

}  // namespace sluice::conformance
