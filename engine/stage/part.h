// What a stage is made of. Most stages are one part; a sink that compresses is three (gather into
// frames, rewrite each frame in parallel, write in order). The planner lays parts out on the graph.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/units.h"
#include "engine/stage/stage.h"

namespace sluice {

struct SourcePart {
  std::unique_ptr<Source> source;
  /// The longest record it can put into one batch, in bytes: buffers may grow to hold it.
  ByteSize longest_record{};
  bool has_loader = false;  ///< Source::make_loader makes one.
  /// What a batch may hold, apart from its longest record, when that is more than the normal size
  /// of a buffer: pieces of input that cannot be cut (compressed frames).
  ByteSize usual_batch{};
  /// What `explain` says of it beyond its type, such as what it holds beside the buffers; may be
  /// empty.
  std::vector<std::string> notes = {};
};

/// Makes one instance per slot.
struct TransformPart {
  std::function<Result<std::unique_ptr<Transform>>()> make;
  std::vector<std::string> notes = {};  ///< As those of a SourcePart, such as the fields it sets.
  /// It takes records in and keeps what it needs of them for a later part of its stage (an
  /// aggregate): what does not come out is part of a result, and not filtered.
  bool absorbs = false;
  /// The most bytes of its buffer's scratch that it takes for a batch of `input` bytes, when it
  /// gives records new texts (Batch::set_bytes, Batch::set_texts). Null: it never does.
  std::function<std::size_t(std::size_t input)> scratch = nullptr;
  /// What it wants to know of a batch is known when the source's loader is done with all batches in
  /// front of it: it is given none before that.
  bool follows_earlier = false;
  /// So many bytes of its input may be under way beside those that may be anyway: each gate that
  /// the input comes through gets further tokens.
  ByteSize more_under_way{};
};

/// The part whose instances are what `make` answers, a unique_ptr to a Transform.
template <class Make>
TransformPart transform_part(Make make) {
  TransformPart part;
  part.make = [make = std::move(make)]() -> Result<std::unique_ptr<Transform>> {
    return std::unique_ptr<Transform>(make());
  };
  return part;
}

struct RewritePart {
  std::function<Result<std::unique_ptr<Rewrite>>()> make;
  /// The most bytes it writes for an input of `input` bytes.
  std::function<std::size_t(std::size_t input)> bound;
};

struct GatherPart {
  std::unique_ptr<Gather> gather;
  ByteSize output_buffer;  ///< What one output is filled to.
};

struct ExpanderPart {
  std::unique_ptr<Expander> expander;
  /// The longest record it may have to put into one output: buffers may grow to hold it.
  ByteSize longest_record{};
  /// It puts records into its outputs as they came in: buffers may grow to hold the longest one
  /// that can come.
  bool copies_records = false;
};

struct ObserverPart {
  std::unique_ptr<Observer> observer;
  std::vector<std::string> notes = {};  ///< As those of a SourcePart.
};

struct SinkPart {
  std::unique_ptr<Sink> sink;
  /// False: the sink takes batches in any order, from one thread at a time all the same.
  bool ordered = true;
  std::vector<std::string> notes = {};  ///< As those of a SourcePart.
};

/// A sink that needs neither order nor a single instance (null). One instance per slot, made when a
/// slot is first used: it is not opened, gets no thread of its own, and is not flushed.
struct ParallelSinkPart {
  std::function<Result<std::unique_ptr<Sink>>()> make;
};

/// A duplex, which is both ends of a peer, has a SinkPart and behind it a SourcePart, which share
/// what they need of each other. The peer decides what comes back for what goes in: the source
/// begins anew, with buffers, order and records of its own. It ends when it says so, also in a run
/// that is asked to end: its input is ended then, and the answer to that is still read. When nobody
/// wants its records any more, its sink is stopped and wants no more either.
using Part = std::variant<SourcePart, TransformPart, RewritePart, GatherPart, ExpanderPart,
                          ObserverPart, SinkPart, ParallelSinkPart>;

/// The parts of one stage, on the way of its data. What handles any part is compiled once, in
/// part.cpp, and not for every stage anew.
class Parts {
 public:
  Parts() noexcept;
  Parts(Parts&& other) noexcept;
  Parts& operator=(Parts&& other) noexcept;
  ~Parts();

  void add(SourcePart part);
  void add(TransformPart part);
  void add(RewritePart part);
  void add(GatherPart part);
  void add(ExpanderPart part);
  void add(ObserverPart part);
  void add(SinkPart part);
  void add(ParallelSinkPart part);
  void add(Part part);
  /// Adds all of `parts`.
  void add(Parts parts);
  void add_front(TransformPart part);

  bool empty() const noexcept { return parts_.empty(); }
  std::size_t size() const noexcept { return parts_.size(); }
  Part& operator[](std::size_t number) { return parts_[number]; }
  const Part& operator[](std::size_t number) const { return parts_[number]; }
  auto begin() noexcept { return parts_.begin(); }
  auto end() noexcept { return parts_.end(); }
  auto begin() const noexcept { return parts_.begin(); }
  auto end() const noexcept { return parts_.end(); }

 private:
  std::vector<Part> parts_;
};

}  // namespace sluice
