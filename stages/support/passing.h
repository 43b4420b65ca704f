// The part of a transform that is all planning: what it changes is which fields there are, or how
// the pipeline is laid out.
#pragma once

#include <memory>

#include "engine/stage/part.h"

namespace sluice {

/// Leaves batches as they are.
inline TransformPart passing_part() {
  class Pass final : public Transform {
   public:
    Status apply(Batch& /*batch*/, NamedOutputs /*outputs*/) override { return Done{}; }
  };
  return transform_part([] { return std::make_unique<Pass>(); });
}

inline Parts passing_parts() {
  Parts parts;
  parts.add(passing_part());
  return parts;
}

}  // namespace sluice
