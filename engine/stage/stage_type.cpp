#include "engine/stage/stage_type.h"

namespace sluice {

StageType::StageType() = default;
StageType::StageType(const StageType& other) = default;
StageType::StageType(StageType&& other) noexcept = default;
StageType& StageType::operator=(const StageType& other) = default;
StageType& StageType::operator=(StageType&& other) noexcept = default;
StageType::~StageType() = default;

std::unique_ptr<BoundStage> StageType::bind(const Value& given, Mark stage,
                                            Diagnostics& diagnostics) const {
  return binder->bind(*this, given, stage, diagnostics);
}

}  // namespace sluice
