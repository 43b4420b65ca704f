// A peer that a stage both writes to and reads from, as the two parts of that stage.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/stage/part.h"
#include "engine/stage/stage.h"

namespace sluice {

/// One thread writes while another reads, so that a peer that answers before it has read all, or
/// the other way round, holds nobody up for good.
class DuplexPeer {
 public:
  DuplexPeer() = default;
  DuplexPeer(const DuplexPeer&) = delete;
  DuplexPeer& operator=(const DuplexPeer&) = delete;
  virtual ~DuplexPeer() = default;

  /// Before the run.
  virtual Status open() = 0;
  /// On the thread that writes: as the calls of Sink.
  virtual Result<Next> write(const Batch& batch) = 0;
  virtual Status flush() = 0;
  virtual void end_input() = 0;
  /// On the thread that reads: as Source::read.
  virtual Result<Next> read(Batch& batch) = 0;
  virtual std::unique_ptr<Loader> make_loader() const = 0;
  /// Interrupts both. From any thread, any number of times.
  virtual void stop() noexcept = 0;
};

/// Adds the sink that writes to `peer` and the source that reads from it, which share it.
/// `notes` are those of the sink.
void add_ends(Parts& parts, std::shared_ptr<DuplexPeer> peer, ByteSize longest_record,
              std::vector<std::string> notes = {});

}  // namespace sluice
