// A connection as batches of records: what the sources that read sockets share.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "engine/data/batch.h"
#include "stages/support/file_loading.h"
#include "stages/support/input_options.h"
#include "stages/support/stream_framer.h"
#include "stages/support/transport.h"

namespace sluice {

/// The options of a source whose input is not compressed.
InputOptions uncompressed(const FramingOptions& options);

/// Cuts what a connection receives into batches for make_file_loader, each the records of
/// this connection alone, and keeps no more between them than the part of one record. One thread at
/// a time. For each batch: start, then receive until it says to go on otherwise, then hand_out or
/// finish; or pause, and the batch is free for another connection.
class ConnectionInput {
 public:
  /// Its name is `name`, and meta.path of its records.
  ConnectionInput(std::unique_ptr<Transport> transport, std::string name,
                  const FramingOptions& options);

  Transport& transport() const noexcept { return *transport_; }
  int fd() const noexcept { return transport_->fd(); }
  const std::string& name() const noexcept { return work_->file->name; }
  std::uint64_t received_bytes() const noexcept { return received_bytes_; }

  /// Begins to fill a buffer, behind the part of a record that is there already.
  void start(Buffer& buffer) { framer_.start(buffer); }
  /// Stops filling it; its records must have been handed out.
  void pause() { framer_.take_records(); }

  enum class Received : std::uint8_t {
    some,  ///< All there was; there may be more when the socket can be read.
    full,  ///< The buffer has what it should; see Transport::has_buffered.
    end,   ///< The peer has ended its stream.
    lost,  ///< There will be no more: see error().
  };
  /// Takes what has arrived. Never waits.
  Received receive();
  /// Why the connection is lost.
  const Error& error() const noexcept { return error_; }

  /// True when there is something to hand out.
  bool has_records() const noexcept { return framer_.has_records(); }

  /// Makes the whole records the content of `batch`. False: what follows them is no record, and
  /// nothing more can be read: see error().
  bool hand_out(Batch& batch);
  /// Makes all that is left the content of `batch`, if that is anything. `is_end`: the stream ended
  /// here, so that a record without what should stand behind it is one, too. False: it ended inside
  /// a record, which is left out: see error().
  bool finish(Batch& batch, bool is_end);

 private:
  bool fill(Batch& batch, std::uint64_t offset, std::span<char> text);

  std::unique_ptr<Transport> transport_;
  std::shared_ptr<const LoadedWork> work_;
  std::shared_ptr<const std::string> head_;
  StreamFramer framer_;
  std::uint64_t received_bytes_ = 0;
  Error error_;
};

}  // namespace sluice
