// The one call that makes every stage of the program known.
#pragma once

namespace sluice {

class Registry;

/// Registers all stages in stages/{sources,transforms,sinks,duplex}, in the order of their paths.
/// Defined in a source that the build generates from those files (tools/cmake), so that adding a
/// stage is adding a file. A test that needs only some stages calls their register_NAME functions
/// instead.
void register_all_stages(Registry& registry);

}  // namespace sluice
