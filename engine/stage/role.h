// The role of a stage in a pipeline and what travels on an edge.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice {

enum class Role : std::uint8_t { source, transform, sink, duplex };

/// "source", "transform", "sink", "duplex": the keys of the config.
std::string_view name_of(Role role) noexcept;
std::optional<Role> parse_role(std::string_view text) noexcept;

/// What an edge carries. `records`: whole records, never cut by a batch border. `bytes`: a stream
/// whose batches may end anywhere. Of a stage that leaves it open, `any` is either of them, and
/// `same` what it takes (run/edge_types.h).
enum class EdgeType : std::uint8_t { none, bytes, records, any, same };
std::string_view name_of(EdgeType type) noexcept;

}  // namespace sluice
