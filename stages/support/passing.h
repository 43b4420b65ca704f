// The part of a transform that is all planning: what it changes is which fields there are.
#pragma once

#include <memory>

#include "engine/stage/part.h"

namespace sluice {

/// One part that leaves batches as they are.
inline Parts passing_parts() {
  class Pass final : public Transform {
   public:
    Status apply(Batch& /*batch*/, NamedOutputs /*outputs*/) override { return Done{}; }
  };
  TransformPart part = transform_part([] { return std::make_unique<Pass>(); });
  Parts parts;
  parts.emplace_back(std::move(part));
  return parts;
}

}  // namespace sluice
