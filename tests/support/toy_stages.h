// Stages that exist for tests of the engine: their whole behaviour follows from their options, so a
// plain loop can say what a graph of them must give.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "engine/data/batch.h"
#include "engine/stage/registry.h"

namespace sluice::toy {

/// Registers, all with the options a simulation needs (numbers, mostly):
///   source toy    batches, seed, loader, thread: batches of 0 to 6 records "ID\n"
///   transform keep      one_in, salt, spin_us: keeps records by a hash of their text
///   transform multiply  most, salt: each record becomes 0 to `most` records; an expander that puts
///                       at most 3 records into one output
///   transform pack      bytes: a gather that fills outputs with whole records up to `bytes`
///   transform watch     name, spin_us, thread: an observer that remembers what passes
///   transform fail_at   record: fails the run when it meets the record of that text
///   transform split     salt: named output `odd` for half of the records
///   transform deal      ways, salt: so many outputs, `w1` and so on and the main one, `w0`
///   duplex relay        room, late, thread, take: gives back what it is given, message by message,
///                       or sorted when its input has ended
///   sink collect        name, ordered, spin_us, thread: remembers what it was given
///   source caller       batches, seed, away_every, away_us: as toy, but nothing comes in one read
///   of
///                       so many
///   sink peer           name, away_every, away_us, gone_at: as collect, but in one write of so
///   many
///                       its peer goes away and comes back, or is lost for good
void register_toys(Registry& registry);
/// Those of them with several outputs.
void register_toy_outputs(Registry& registry);
/// Those whose other side goes away.
void register_toy_peers(Registry& registry);
/// The one with both ends.
void register_toy_duplex(Registry& registry);

/// The records of batch number `batch` of a toy source.
std::vector<std::string> source_records(std::uint64_t seed, std::uint64_t batch);
bool kept(const std::string& record, std::uint64_t one_in, std::uint64_t salt);
/// The number of the output that a `deal` sends the record to.
std::uint64_t dealt(const std::string& record, std::uint64_t ways, std::uint64_t salt);
std::vector<std::string> multiplied(const std::string& record, std::uint64_t most,
                                    std::uint64_t salt);
/// The records of a batch, without line ends; and as the content of a batch that has a buffer.
std::vector<std::string> records_of(const Batch& batch);
void fill(Batch& batch, const std::vector<std::string>& records);
inline constexpr std::size_t multiply_records_per_output = 3;

/// What sinks of type `collect` were given, and what observers of type `watch` saw, by their name.
/// Thread-safe.
class Collected {
 public:
  struct Sink {
    std::vector<std::string> records;
    bool finished = false;
    bool abandoned = false;
  };
  static Collected& instance();
  void clear();
  void add(const std::string& sink, std::vector<std::string> records);
  void finish(const std::string& sink, bool success);
  Sink of(const std::string& sink) const;
  bool empty() const;  ///< No sink was heard of.

 private:
  mutable std::mutex mutex_;
  std::vector<std::pair<std::string, Sink>> sinks_;
  Sink& find(const std::string& name);
};

}  // namespace sluice::toy
