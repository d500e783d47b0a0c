import Synchronization

/// Several explorations, as many at once as there are cores to spare.
public enum Survey {
  private struct Job: Sendable {
    let bounds: Int
    let budget: World.Budget
    let settings: Model.Settings
  }

  /// Explores within each of several bounds.
  ///
  /// - Parameter report: Is told of each bounds' exploration, in their order, as soon as those before are told of.
  /// - Returns: All of them together.
  @discardableResult
  public static func explore(
    _ all: [Bounds], threads: Int = 2, report: (Bounds, Exploration) -> Void
  ) async -> Exploration {
    let jobs = all.enumerated().flatMap { index, bounds in
      bounds.settings.map { Job(bounds: index, budget: bounds.budget, settings: $0) }
    }
    let nextJob = Atomic(0)
    var found = [Exploration](repeating: Exploration(), count: all.count)
    var left = all.map(\.settings.count)
    var reported = 0
    var total = Exploration()
    await withTaskGroup(of: (Int, Exploration)?.self) { group in
      func addJob() {
        let number = nextJob.add(1, ordering: .relaxed).oldValue
        guard number < jobs.count else { return }
        let job = jobs[number]
        group.addTask { (job.bounds, Exploration(job.budget, job.settings)) }
      }
      for _ in 0..<threads { addJob() }
      while let result = await group.next() {
        addJob()
        guard let (index, exploration) = result else { continue }
        found[index].add(exploration)
        left[index] -= 1
        while reported < all.count, left[reported] == 0 {
          report(all[reported], found[reported])
          total.add(found[reported])
          reported += 1
        }
      }
    }
    return total
  }
}
