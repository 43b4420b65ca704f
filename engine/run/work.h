// What the body of a node is given.
#pragma once

#include <cstdint>

#include "engine/data/batch.h"

namespace sluice {

struct Work {
  enum class Kind : std::uint8_t {
    batch,  ///< `batch` arrived on input `port`.
    token,  ///< A gate let the node through: it may take one buffer. Or it was woken.
    end,    ///< Nobody reads the node any more: it lets go of what it holds.
  };
  BatchPtr batch;
  Kind kind = Kind::batch;
  std::uint16_t port = 0;
};

}  // namespace sluice
