// The program at the other end of a connection, while others send to it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "engine/base/result.h"
#include "tools/benchmark/process.h"

namespace sluice::bench {

/// A TCP port of the loopback that nobody uses just now.
Result<std::uint16_t> free_port();

/// Waits until somebody listens on a TCP port of this machine; an error if nobody does within 10 s,
/// or if `program` ends before that.
Status await_listener(std::uint16_t port, pid_t program);

/// Waits until a file holds so many bytes; an error if it has fewer for 60 s, or if `program` ends
/// before that.
Status await_bytes(const std::string& path, std::uint64_t bytes, pid_t program);

}  // namespace sluice::bench
