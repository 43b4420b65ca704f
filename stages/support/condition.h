// Conditions on fields as options of transforms.
#pragma once

#include <memory>

#include "engine/expression/marked_text.h"
#include "engine/expression/predicate.h"

namespace sluice {

/// Null after filling `mistake`.
std::shared_ptr<const Predicate> compile_condition(const ExpressionText& text, const Schema& schema,
                                                   ExpressionMistake& mistake);

}  // namespace sluice
