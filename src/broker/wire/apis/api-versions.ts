// ApiVersions (key 18, versions 0-4, flexible from 3): tells which APIs and versions this broker speaks (KIP-35, KIP-511).
// https://kafka.apache.org/protocol#The_Messages_ApiVersions ("(n+)" since version n, "?" may be null)
//   request => clientSoftwareName(3+) clientSoftwareVersion(3+)
//   response => errorCode apiKeys[apiKey minVersion maxVersion] throttleTimeMs(1+) supportedFeatures(3+ tag
//     0)[name minVersion maxVersion] finalizedFeaturesEpoch(3+ tag 1) finalizedFeatures(3+ tag 2)[name
//     maxVersionLevel minVersionLevel] zkMigrationReady(3+ tag 3)
import { api } from '../api.ts';
import { array, bool, int16, int32, int64, since, string, struct, tagged } from '../schema.ts';

export const ApiVersions = api({
  key: 18,
  name: 'ApiVersions',
  min: 0,
  max: 4,
  flexible: 3,
  request: struct({
    clientSoftwareName: since(3, string, ''),
    clientSoftwareVersion: since(3, string, ''),
  }),
  response: struct({
    errorCode: int16,
    apiKeys: array(
      struct({
        apiKey: int16,
        minVersion: int16,
        maxVersion: int16,
      }),
    ),
    throttleTimeMs: since(1, int32, 0),
    supportedFeatures: tagged(
      0,
      3,
      array(
        struct({
          name: string,
          minVersion: int16,
          maxVersion: int16,
        }),
      ),
      [],
    ),
    finalizedFeaturesEpoch: tagged(1, 3, int64, -1),
    finalizedFeatures: tagged(
      2,
      3,
      array(
        struct({
          name: string,
          maxVersionLevel: int16,
          minVersionLevel: int16,
        }),
      ),
      [],
    ),
    zkMigrationReady: tagged(3, 3, bool, false),
  }),
});
