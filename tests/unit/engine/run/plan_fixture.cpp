#include "tests/unit/engine/run/plan_fixture.h"

#include <memory>

namespace sluice {
namespace {

struct FileOptions {
  std::string path;
};

/// What is planned here never runs, so its parts hold no stages.
Parts parts_of(Part part) {
  Parts parts;
  parts.add(std::move(part));
  return parts;
}

RewritePart doubling() {
  return {nullptr, [](std::size_t input) { return 2 * input + 10; }};
}

struct NoOptions {};

using Make = std::function<Result<Parts>(const NoOptions&, StageContext&)>;

StageType shape(Role role, std::string name, Make make) {
  return Declare<NoOptions>(role, std::move(name), "Has a shape.").make(std::move(make)).done();
}

}  // namespace

void register_shapes(Registry& registry) {
  for (const Role role : {Role::source, Role::sink}) {
    registry.add(Declare<FileOptions>(role, "file", "Has a short form.")
                     .required("path", &FileOptions::path, "Where.")
                     .main("path")
                     .make([role](const FileOptions&, StageContext&) -> Result<Parts> {
                       if (role == Role::sink) return parts_of(SinkPart{});
                       return parts_of(SourcePart{nullptr, 1_MiB, true, 200_KiB});
                     })
                     .done());
  }
  registry.add(Declare<NoOptions>(Role::source, "stream", "Gives bytes.")
                   .output(EdgeType::bytes)
                   .make([](const NoOptions&, StageContext&) -> Result<Parts> {
                     return parts_of(SourcePart{});
                   })
                   .done());
  registry.add(shape(Role::sink, "press", [](const NoOptions&, StageContext&) -> Result<Parts> {
    Parts parts = parts_of(GatherPart{nullptr, 100_KiB});
    parts.add(doubling());
    parts.add(SinkPart{});
    return parts;
  }));
  registry.add(
      shape(Role::transform, "double",
            [](const NoOptions&, StageContext&) -> Result<Parts> { return parts_of(doubling()); }));
  registry.add(
      shape(Role::transform, "rewrite", [](const NoOptions&, StageContext&) -> Result<Parts> {
        TransformPart part;
        part.scratch = [](std::size_t input) { return 3 * input; };
        return parts_of(std::move(part));
      }));
  registry.add(shape(Role::transform, "hold", [](const NoOptions&, StageContext&) -> Result<Parts> {
    TransformPart part;
    part.more_under_way = 65_KiB;
    return parts_of(std::move(part));
  }));
  registry.add(shape(Role::sink, "void", [](const NoOptions&, StageContext&) -> Result<Parts> {
    return parts_of(ParallelSinkPart{});
  }));
  registry.add(
      shape(Role::transform, "broken", [](const NoOptions&, StageContext&) -> Result<Parts> {
        Error error;
        error.message = "bad pattern";
        return error;
      }));
}

}  // namespace sluice
