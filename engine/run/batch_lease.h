// Knows when a batch and every clone of it are gone.
//
// Batches that are made from it otherwise (outputs of a gather, of an expander) do not have its
// lease.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>

#include "engine/data/batch_pool.h"

namespace sluice {

/// Calls `at_end()`, on whatever thread, when `batch` and all that clone_leased() made of it are
/// gone. Leases it had are kept. `at_end` must not throw.
template <class AtEnd>
void add_lease(Batch& batch, AtEnd at_end) {
  struct Lease {
    Lease(AtEnd call, std::shared_ptr<const void> before)
        : at_end(std::move(call)), earlier(std::move(before)) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { at_end(); }
    AtEnd at_end;
    std::shared_ptr<const void> earlier;
  };
  batch.set_lease(std::make_shared<Lease>(std::move(at_end), batch.lease()));
}

/// BatchPool::clone, the leases with it.
template <class... Columns>
BatchPtr clone_leased(BatchPool& pool, const Batch& batch, const Columns&... columns) {
  BatchPtr copy = pool.clone(batch, columns...);
  copy->set_lease(batch.lease());
  return copy;
}

}  // namespace sluice
