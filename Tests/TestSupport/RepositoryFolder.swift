/// Where this repository is.
package let repositoryFolder = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
