// The contracts of stages, one per role; nothing else. A stage sees no port, pool, thread or graph,
// and never waits for a buffer or for another stage: the engine calls it when what it needs is
// there, and counts records, bytes and time around each call.
//
// For all contracts:
//  - An instance is entered by one thread at a time, not always the same one.
//  - `finish` comes after the last input, and only when the run has not failed; once, but for an
//    expander, which is asked until it has said all.
//  - A failed Status or an exception ends the whole pipeline; the first error wins. The stage's
//    destructor then releases what it holds.
//  - Life cycle: constructed by its factory -> open -> work calls -> finish -> destructor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/data/batch.h"

namespace sluice {

class StageContext;

/// What a stage wants after a call.
enum class Next : std::uint8_t {
  input,     ///< Done with this input (or, for a source, nothing to say just now); give me more.
  again,     ///< There is more to say; call me when there is room.
  finished,  ///< I want no more; what is above me is told to stop. Not an error.
};

/// Does the parallel half of a source's work. One instance per slot.
class Loader {
 public:
  Loader() = default;
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;
  virtual ~Loader() = default;

  /// Completes a batch that Source::read began: fills its buffer from the work left in it, or
  /// frames what is already there.
  virtual Status load(Batch& batch) = 0;
};

/// Makes batches, in two halves. `read` is serial and decides what the next batch is: it fills the
/// batch's buffer itself (a decoder, a pipe), or leaves work in it (a byte range of a file). A
/// Loader, if the source has one, then completes batches in parallel.
class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  /// Opens what must be there before the run starts. On the thread that starts the run.
  virtual Status open(StageContext& /*context*/) { return Done{}; }

  /// True when read() may wait for somebody else (a pipe, a socket): it then gets a thread of its
  /// own. Asked after open().
  virtual bool may_block() const { return false; }

  /// Makes the next batch. `batch` has an empty buffer, already paid for. Answers `again`; or
  /// `input` when the batch carries nothing (it is not sent on); or `finished`, when it carries
  /// nothing and there will be no more.
  virtual Result<Next> read(Batch& batch) = 0;

  /// The parallel half; null when read() leaves nothing to do. Called once per slot.
  virtual std::unique_ptr<Loader> make_loader() { return nullptr; }

  /// Asks a read() that waits to return soon. From any thread, any number of times.
  virtual void stop() noexcept {}
  /// True when a run that is asked to end goes on reading until it says `finished`: it holds parts
  /// of several inputs, and is to hand out each of them after stop(). Always the same answer.
  virtual bool ends_itself() const noexcept { return false; }

  /// Bytes of input there will be, as stored, and how many are read so far; 0 when unknown.
  /// From any thread.
  struct Progress {
    std::uint64_t total_bytes = 0;
    std::uint64_t read_bytes = 0;
  };
  virtual Progress progress() const { return {}; }
};

/// The outputs of a transform beside its main one, in the order of BoundStage::named_outputs(). An
/// entry is null when nobody reads that output. Else it is a batch over the same bytes with nothing
/// selected, for the stage to select into.
using NamedOutputs = std::span<Batch* const>;

/// Changes what is wanted of a batch, or its columns: one in, one out, perhaps empty. It never
/// changes bytes, which branches of a fan-out share; one whose part says how much scratch it needs
/// may write new ones there and make them the batch's. The common case, and parallel: one instance
/// per slot, no locks.
class Transform {
 public:
  Transform() = default;
  Transform(const Transform&) = delete;
  Transform& operator=(const Transform&) = delete;
  virtual ~Transform() = default;
  virtual Status apply(Batch& batch, NamedOutputs outputs) = 0;
};

/// Writes new bytes for a batch into scratch memory that belongs to the batch's own token, so the
/// size of its output must be bounded beforehand, or the part behind it must take what it leaves.
/// Parallel: one instance per slot; the engine restores the order behind it.
class Rewrite {
 public:
  Rewrite() = default;
  Rewrite(const Rewrite&) = delete;
  Rewrite& operator=(const Rewrite&) = delete;
  virtual ~Rewrite() = default;
  /// Reads what is wanted of `batch` and answers how many bytes of `out` it wrote, which take its
  /// place; nothing: the batch goes on as it is (Batch::is_rewritten). out.size() is
  /// RewritePart::bound of the largest input.
  virtual Result<std::optional<std::size_t>> rewrite(const Batch& batch, std::span<char> out) = 0;
};

/// Many in, few out: copies what is left of its inputs into output buffers, so that inputs go home
/// at once. Serial, in order. Outputs are cut where the gather says that one is full, and at the
/// end: a flush mark of an input goes no further, or a trickle would make frames of one line each.
class Gather {
 public:
  Gather() = default;
  Gather(const Gather&) = delete;
  Gather& operator=(const Gather&) = delete;
  virtual ~Gather() = default;
  /// Moves as much of `in`, from byte `position` of its wanted bytes on, into `out` as fits.
  struct Step {
    std::uint64_t position = 0;  ///< How far it came; `in` is done when it equals in.byte_count().
    bool full = false;           ///< `out` is to be sent on.
  };
  virtual Result<Step> gather(const Batch& in, std::uint64_t position, Batch& out) = 0;
  /// Completes the last `out`, which may be empty; false: do not send it.
  virtual Result<bool> finish(Batch& out) = 0;
};

/// Few in, many out: called again and again while it has more to say, each time with an output
/// buffer already paid for. Serial, in order.
class Expander {
 public:
  Expander() = default;
  Expander(const Expander&) = delete;
  Expander& operator=(const Expander&) = delete;
  virtual ~Expander() = default;
  /// True when it is to see each batch, also those of which nothing is wanted.
  virtual bool wants_empty() const noexcept { return false; }
  /// Makes one output from `in`. `again`: more of `in` is left; `input`: done with it.
  virtual Result<Next> expand(const Batch& in, Batch& out) = 0;
  /// True when `in` needs nothing done to it: it then goes on as it is, with its own token, and is
  /// never given to expand(). Asked once for each input, in order; not for the mark of the end.
  virtual bool passes(const Batch& /*in*/) { return false; }
  /// After the last input: `again` when it made an output and has more, `input` when it made its
  /// last output, `finished` when it made none.
  virtual Result<Next> finish(Batch& /*out*/) { return Next::finished; }
};

/// Sees each batch in order, and lets it go on as it is: it may look at what is wanted of it, and
/// take its time. Serial.
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  /// On the thread that starts the run, after every source is open.
  virtual Status open(StageContext& /*context*/) { return Done{}; }
  /// True when observe() may wait: it then gets a thread of its own. Asked after open().
  virtual bool may_block() const { return false; }
  /// Not called for batches of which nothing is wanted. `batch` goes on when it returns.
  virtual Status observe(const Batch& batch) = 0;
  /// All that will come was seen: of a run that was asked to stop, what it had read by then.
  virtual Status finish() { return Done{}; }
  /// Asks an observe() that waits to return, and later ones not to wait. From any thread, any
  /// number of times.
  virtual void stop() noexcept {}
};

/// Takes batches, in order unless it says that it does not care.
class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;

  /// Opens what must be there before the run starts. On the thread that starts the run, after every
  /// source is open.
  virtual Status open(StageContext& /*context*/) { return Done{}; }
  /// True when write() may wait for somebody else: it then gets a thread of its own. After open().
  virtual bool may_block() const { return false; }
  /// `again`, or `finished` when nobody wants more (a closed pipe).
  virtual Result<Next> write(const Batch& batch) = 0;
  /// Sends on what is held back. Called when the input went quiet, and at its end.
  virtual Status flush() { return Done{}; }
  /// The last input was written and flushed: nothing follows. In sequence, on the thread of
  /// write(), and at once: long before finish() where others have still something to say. So the
  /// sink of a duplex ends what it sends (half-close), and its source reads the answer to the end.
  /// Not called for a sink that wanted no more, that takes batches in any order, or in a run that
  /// has failed.
  virtual Status end_input() { return Done{}; }
  /// All input was written: makes the result final.
  virtual Status finish() { return Done{}; }
  /// The run was stopped or failed: keeps what was written, under no final name. Instead of finish,
  /// and only if open() went well.
  virtual void abandon() noexcept {}
  /// Asks a write() that waits to return soon, and later ones not to wait: the run is given up, or
  /// nobody wants the answers of a duplex. From any thread, any number of times.
  virtual void stop() noexcept {}
};

}  // namespace sluice
