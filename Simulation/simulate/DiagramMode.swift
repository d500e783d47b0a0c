import RotationChecking

extension Mode {
  static let diagram = Mode(
    name: "diagram", options: "",
    meaning: "prints the phases and changes of a rotation as a diagram, derived from what the machine does"
  ) { arguments in
    guard arguments.isEmpty else { throw UsageError(message: "That is not understood.") }
    print(await Diagram.derived(), terminator: "")
    return true
  }
}
