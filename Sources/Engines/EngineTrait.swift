/// Something in which engines differ, and that somebody asks for: the client, the simulated engine, a test.
///
/// Its row says which engines have it. `docs/engines.md` shows all rows, and the conformance suite finds out whether the engines, the
/// simulated one and the real ones, keep to them.
package enum EngineTrait: String, CaseIterable, Sendable {
    case featureStates
    case clusterManager

    case takenNamesHaveAType
    case readOnlyIsAnArgument
    case busyRepositoriesConflict
    case deletesAreWaitedFor
    case fullStorageFailsToClose

    case missingRepositoriesAreEmpty
    case emptyMatchesAreNoError
    case patternsExclude
    case listingsNameTheirRepository
    case listingsAreCounted
    case listingsAreOrdered
    case listingsOmitIndices
    case listingsSelectStates
    case unreadableDetailsAreInformation
    case snapshotVersionsAreRanges
    case progressIsCapped

    case masterTimeOutsAreTooManyRequests

    case indexFeatures
    case indexWildcardsAreNotDeleted
    case aliasesWaitForTheMaster
    case negativeSizesAreRefused

    case catHealthWaitsForTheMaster
    case healthLevelsAreChecked
    case unassignedPrimariesAreCounted
}

extension EngineTrait {
    package struct Row {
        /// The majors that have it; a later major has what the one before it has, until somebody has looked.
        let majors: KeyValuePairs<EngineDistribution, any RangeExpression<Int>>
        /// What an engine does that has it, and what one that lacks it does.
        package let meaning: String
        /// What shows it: a request and its answer, as seen on each `EngineKind.release`, and a class of the engine.
        package let source: String

        init(
            _ majors: KeyValuePairs<EngineDistribution, any RangeExpression<Int>>, _ meaning: String, source: String
        ) {
            (self.majors, self.meaning, self.source) = (majors, meaning, source)
        }

        func isOf(_ kind: EngineKind) -> Bool {
            majors.contains { $0.key == kind.distribution && $0.value.contains(kind.major) }
        }
    }

    package var row: Row {
        switch self {
        case .featureStates:
            Row(
                [.elasticsearch: 7...],
                "A snapshot takes the system's own indices, as `feature_states`, unless told not to; else there are none.",
                source: "`feature_states` in the details of a snapshot; `SnapshotInfo`")
        case .clusterManager:
            Row(
                [.opensearch: 2...],
                "The master is called cluster manager: in parameters and answers, and in words of errors.",
                source: "`GET _cluster/health?cluster_manager_timeout=5s`: 200, else 400; `ClusterHealthResponse`")
        case .takenNamesHaveAType:
            Row(
                [.elasticsearch: 8...],
                "A name that is taken is `snapshot_name_already_in_use_exception`, else `invalid_snapshot_name_exception`.",
                source: "`PUT _snapshot/R/S` of an S that is there; `SnapshotNameAlreadyInUseException`")
        case .readOnlyIsAnArgument:
            Row(
                [.elasticsearch: 8...],
                "A repository that is read-only is 400 `illegal_argument_exception`, else 500 `repository_exception`.",
                source: "`PUT _snapshot/R/S` with `readonly` among the settings of R; `BlobStoreRepository`")
        case .busyRepositoriesConflict:
            Row(
                [.elasticsearch: 8...],
                "A repository in use is 409 `repository_conflict_exception`, else 500 `illegal_state_exception`.",
                source: "`DELETE _snapshot/R` while a snapshot runs; `RepositoryConflictException`")
        case .deletesAreWaitedFor:
            Row(
                [.elasticsearch: 8...], "A delete of snapshots takes `wait_for_completion`, else 400.",
                source: "`DELETE _snapshot/R/nope*?wait_for_completion=false`; `RestDeleteSnapshotAction`")
        case .fullStorageFailsToClose:
            Row(
                [.elasticsearch: 7...],
                "No space for a delete is `illegal_state_exception`, and `i_o_exception` its cause, else that alone.",
                source: "`DELETE _snapshot/R/S` on a file system without space; `ChecksumBlobStoreFormat`")
        case .missingRepositoriesAreEmpty:
            Row(
                [.elasticsearch: 7...7],
                "The listing of a repository that is missing is 200, empty, with `failures`, else 404.",
                source: "`GET _snapshot/nope/*`; `TransportGetSnapshotsAction`")
        case .emptyMatchesAreNoError:
            Row(
                [.elasticsearch: 8...],
                "Patterns that find no snapshot are 200 and an empty list, else 404 `snapshot_missing_exception`.",
                source: "`GET _snapshot/R/nope*`; `TransportGetSnapshotsAction`")
        case .patternsExclude:
            Row(
                [.elasticsearch: 7...], "A name after a minus excludes snapshots, else it is a name that is missing.",
                source: "`GET _snapshot/R/*,-one`; `TransportGetSnapshotsAction`")
        case .listingsNameTheirRepository:
            Row(
                [.elasticsearch: 7...], "A snapshot in a listing tells its `repository`, else it does not.",
                source: "`GET _snapshot/R/S?verbose=false`; `SnapshotInfo`")
        case .listingsAreCounted:
            Row(
                [.elasticsearch: 7...], "A listing tells `total` and `remaining`, else it does not.",
                source: "`GET _snapshot/R/S`; `RestGetSnapshotsAction`")
        case .listingsAreOrdered:
            Row(
                [.elasticsearch: 7...],
                "A listing takes `sort`, `order`, `size` and what goes on where one has ended, else 400.",
                source: "`GET _snapshot/R/_all?sort=name&order=desc`; `RestGetSnapshotsAction`")
        case .listingsOmitIndices:
            Row(
                [.elasticsearch: 8...], "A listing takes `index_names`, else 400.",
                source: "`GET _snapshot/R/S?index_names=false`; `RestGetSnapshotsAction`")
        case .listingsSelectStates:
            Row(
                [.elasticsearch: 9...], "A listing takes `state`, else 400.",
                source: "`GET _snapshot/R/S?state=SUCCESS`; `RestGetSnapshotsAction`")
        case .unreadableDetailsAreInformation:
            Row(
                [.elasticsearch: 7...],
                "Details that can't be read are \"failed to get snapshot info\", else OpenSearch's words for each cause.",
                source: "`GET _snapshot/R/S` after its `snap-*.dat` was cut to 20 bytes; `BlobStoreRepository`")
        case .snapshotVersionsAreRanges:
            Row(
                [.elasticsearch: 8...],
                "A snapshot's `version` is the first and the last release that write such ones, else the release that took it.",
                source: "`GET _snapshot/R/S?filter_path=snapshots.version`: `9.5.2-9.5.3`; `SnapshotInfo`")
        case .progressIsCapped:
            Row(
                [.opensearch: 2...],
                "A `_status` of more shards than `snapshot.max_shards_allowed_in_status_api` is 429 "
                    + "`circuit_breaking_exception`, for good; else there is no such setting.",
                source: "`GET _snapshot/R/S/_status` of two shards where 1 is allowed; `TransportSnapshotsStatusAction`"
            )
        case .masterTimeOutsAreTooManyRequests:
            Row(
                [.elasticsearch: 9...],
                "What the master has not got to in time is 429 `process_cluster_event_timeout_exception`, else 503.",
                source:
                    "300 times `PUT _snapshot/R/S?master_timeout=1nanos` at once; `ProcessClusterEventTimeoutException`"
            )
        case .indexFeatures:
            Row(
                [.elasticsearch: 8...], "`GET /INDEX` takes `features`, else 400.",
                source: "`GET /INDEX?features=aliases`; `RestGetIndicesAction`")
        case .indexWildcardsAreNotDeleted:
            Row(
                [.elasticsearch: 8...],
                "A delete of indices by a wildcard is 400 `illegal_argument_exception`, else it is carried out.",
                source: "`DELETE /nope*`; `DestructiveOperations`")
        case .aliasesWaitForTheMaster:
            Row(
                [.elasticsearch: 9...],
                "`GET /INDEX/_alias` takes `master_timeout` and not `local`, else `local` and not `master_timeout`.",
                source: "`GET /INDEX/_alias?master_timeout=20s`; `RestGetAliasesAction`")
        case .negativeSizesAreRefused:
            Row(
                [.elasticsearch: 8..., .opensearch: 2...],
                "A search for -1 documents is 400 `illegal_argument_exception`, else for the usual ten.",
                source: "`GET /INDEX/_search?size=-1`; `SearchSourceBuilder`")
        case .catHealthWaitsForTheMaster:
            Row(
                [.elasticsearch: 8...], "`GET _cat/health` takes `master_timeout`, else 400.",
                source: "`GET _cat/health?master_timeout=20s`; `RestHealthAction`")
        case .healthLevelsAreChecked:
            Row(
                [.elasticsearch: 8...],
                "A `level` of `_cluster/health` that there is not is 400 `illegal_argument_exception`, else it is ignored.",
                source: "`GET _cluster/health?level=nonsense`; `ClusterHealthRequest`")
        case .unassignedPrimariesAreCounted:
            Row(
                [.elasticsearch: 8...], "`_cluster/health` tells `unassigned_primary_shards`, else it does not.",
                source: "`GET _cluster/health`; `ClusterHealthResponse`")
        }
    }
}
