#include "engine/stage/part.h"

#include <iterator>

namespace sluice {

Parts::Parts() noexcept = default;
Parts::Parts(Parts&& other) noexcept = default;
Parts& Parts::operator=(Parts&& other) noexcept = default;
Parts::~Parts() = default;

void Parts::add(SourcePart part) { parts_.emplace_back(std::move(part)); }
void Parts::add(TransformPart part) { parts_.emplace_back(std::move(part)); }
void Parts::add(RewritePart part) { parts_.emplace_back(std::move(part)); }
void Parts::add(GatherPart part) { parts_.emplace_back(std::move(part)); }
void Parts::add(ExpanderPart part) { parts_.emplace_back(std::move(part)); }
void Parts::add(ObserverPart part) { parts_.emplace_back(std::move(part)); }
void Parts::add(SinkPart part) { parts_.emplace_back(std::move(part)); }
void Parts::add(ParallelSinkPart part) { parts_.emplace_back(std::move(part)); }

void Parts::add(Part part) { parts_.push_back(std::move(part)); }

void Parts::add(Parts parts) {
  std::move(parts.parts_.begin(), parts.parts_.end(), std::back_inserter(parts_));
}

void Parts::add_front(TransformPart part) { parts_.insert(parts_.begin(), std::move(part)); }

}  // namespace sluice
