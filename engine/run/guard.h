// The border between the engine and a stage: what a stage throws goes no further than here.
#pragma once

#include <exception>
#include <utility>

#include "engine/base/result.h"

namespace sluice {

/// Calls `call`, which returns a Result; an exception out of it becomes an Error (internal).
template <class Call>
auto guarded(Call&& call) -> decltype(call()) {
  Error error;
  try {
    return std::forward<Call>(call)();
  } catch (const std::exception& exception) {
    error.message = exception.what();
  } catch (...) {
    error.message = "a stage threw something that is no std::exception";
  }
  return error;
}

}  // namespace sluice
