/// The version of this program.
package let version = "1.0.0"
